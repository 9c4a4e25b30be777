import {
  AbortMultipartUploadCommand,
  type ChecksumAlgorithm,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { BackupError } from '../../core/errors.ts';
import { isCrc } from '../../digest/checksum.ts';
import type { ObjectState } from '../../proof/rules/object-state.ts';
import { writeOf } from '../answers.ts';
import type { Digests } from '../digests.ts';
import type { Completion, Part, PartRequests, SentPart } from '../multipart/part-requests.ts';
import type { CustomerKeyFields } from '../object-options.ts';
import { storeErrorFrom } from '../store-error.ts';
import { countTries } from './count-tries.ts';
import { lookAtFirst } from './looked-at-first.ts';
import { checksumField } from './request-fields.ts';

export interface SdkPartRequestsOptions {
  readonly address: { readonly Bucket: string; readonly Key: string };
  /** Request fields that describe the object. */
  readonly object: Omit<CreateMultipartUploadCommandInput, 'Bucket' | 'Key'>;
  /** Fields of the customer's key, for every request except an abort. */
  readonly customerKey: CustomerKeyFields;
  /** Condition on the key when the upload is completed. */
  readonly conditions: { readonly IfNoneMatch?: string; readonly IfMatch?: string };
  /** Digests that the parts, and with a checksum the whole file, are sent with. */
  readonly digests: Digests;
  readonly look: () => Promise<ObjectState>;
  readonly signal: AbortSignal | undefined;
}

interface Answer {
  readonly $metadata: { readonly attempts?: number };
}

/** The requests of one file that is sent in parts, through the SDK. */
export class SdkPartRequests implements PartRequests {
  readonly #client: S3Client;
  readonly #options: SdkPartRequestsOptions;
  retries = 0;

  constructor(client: S3Client, options: SdkPartRequestsOptions) {
    this.#client = client;
    this.#options = options;
  }

  async begin(): Promise<string> {
    const { address, object } = this.#options;
    const command = new CreateMultipartUploadCommand({ ...address, ...object, ...this.#announcement });
    const { UploadId = '' } = await this.#ask('CreateMultipartUpload', (options) =>
      this.#client.send(command, options),
    );
    return UploadId;
  }

  /** Fields of CreateMultipartUpload about the checksums to come. Without a type S3 makes the composite of the parts. */
  get #announcement(): Pick<CreateMultipartUploadCommandInput, 'ChecksumAlgorithm' | 'ChecksumType'> {
    const { checksum } = this.#options.digests;
    if (checksum === undefined) return {};
    return {
      ChecksumAlgorithm: checksum.toUpperCase() as ChecksumAlgorithm,
      ...(isCrc(checksum) && { ChecksumType: 'FULL_OBJECT' }),
    };
  }

  async send(UploadId: string, { number, bytes, md5, checksum, tries, onSent }: Part): Promise<SentPart> {
    const command = new UploadPartCommand({
      ...this.#options.address,
      ...this.#options.customerKey,
      UploadId,
      PartNumber: number,
      Body: bytes,
      ContentLength: bytes.length,
      ...(this.#options.digests.md5 && { ContentMD5: md5.toString('base64') }),
      ...checksumField(this.#options.digests.checksum, checksum),
    });
    countTries(command, tries);
    const { ETag = '' } = await this.#ask('UploadPart', (options) => this.#client.send(command, options));
    onSent?.(bytes.length);
    return { number, etag: ETag, checksum };
  }

  async complete(UploadId: string, { parts, checksum: whole }: Completion) {
    const { checksum: algorithm } = this.#options.digests;
    const command = new CompleteMultipartUploadCommand({
      ...this.#options.address,
      ...this.#options.customerKey,
      ...this.#options.conditions,
      UploadId,
      ...checksumField(algorithm, whole),
      ...(whole !== undefined && { ChecksumType: 'FULL_OBJECT' }),
      MultipartUpload: {
        Parts: parts.map(({ number, etag, checksum }) => ({
          PartNumber: number,
          ETag: etag,
          ...checksumField(algorithm, checksum),
        })),
      },
    });
    lookAtFirst(command);
    return writeOf(
      await this.#ask('CompleteMultipartUpload', (options) => this.#client.send(command, options)),
    );
  }

  look(): Promise<ObjectState> {
    return this.#options.look();
  }

  async abort(UploadId: string): Promise<void> {
    const command = new AbortMultipartUploadCommand({ ...this.#options.address, UploadId });
    try {
      await this.#client.send(command);
    } catch (error) {
      throw storeErrorFrom(error, 'AbortMultipartUpload');
    }
  }

  async #ask<T extends Answer>(
    operation: string,
    send: (options: { abortSignal?: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    const { signal } = this.#options;
    try {
      const answer = await send(signal ? { abortSignal: signal } : {});
      this.retries += (answer.$metadata.attempts ?? 1) - 1;
      return answer;
    } catch (error) {
      if (error instanceof BackupError) throw error;
      const failure = storeErrorFrom(error, operation);
      this.retries += failure.attempts - 1;
      throw failure;
    }
  }
}
