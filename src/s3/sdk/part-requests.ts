import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { writeOf } from '../answers.ts';
import type { Completion, Part, PartRequests, SentPart } from '../multipart/part-requests.ts';
import type { CustomerKeyFields } from '../object-options.ts';
import type { ObjectState } from '../proof.ts';
import { storeErrorFrom } from '../store-error.ts';

export interface SdkPartRequestsOptions {
  readonly address: { readonly Bucket: string; readonly Key: string };
  /** What the object is to be. */
  readonly object: Omit<CreateMultipartUploadCommandInput, 'Bucket' | 'Key'>;
  /** Of every request but an abort. */
  readonly customerKey: CustomerKeyFields;
  /** What must be under the key when the upload is completed. */
  readonly conditions: { readonly IfNoneMatch?: string; readonly IfMatch?: string };
  /** Whether parts and the whole come with their CRC-32. */
  readonly sendsCrc32: boolean;
  readonly look: () => Promise<ObjectState>;
  readonly signal: AbortSignal | undefined;
}

interface Answer {
  readonly $metadata: { readonly attempts?: number };
}

/** The requests of one file that goes up in parts, by the SDK. */
export class SdkPartRequests implements PartRequests {
  readonly #client: S3Client;
  readonly #options: SdkPartRequestsOptions;
  retries = 0;

  constructor(client: S3Client, options: SdkPartRequestsOptions) {
    this.#client = client;
    this.#options = options;
  }

  async begin(): Promise<string> {
    const { address, object, sendsCrc32 } = this.#options;
    const checksum = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;
    const command = new CreateMultipartUploadCommand({ ...address, ...object, ...(sendsCrc32 && checksum) });
    const { UploadId = '' } = await this.#ask('CreateMultipartUpload', (options) =>
      this.#client.send(command, options),
    );
    return UploadId;
  }

  async send(UploadId: string, { number, bytes, md5, crc32 }: Part): Promise<SentPart> {
    const command = new UploadPartCommand({
      ...this.#options.address,
      ...this.#options.customerKey,
      UploadId,
      PartNumber: number,
      Body: bytes,
      ContentLength: bytes.length,
      ContentMD5: md5.toString('base64'),
      ...(crc32 !== undefined && { ChecksumCRC32: crc32 }),
    });
    const { ETag = '' } = await this.#ask('UploadPart', (options) => this.#client.send(command, options));
    return { number, etag: ETag, crc32 };
  }

  async complete(UploadId: string, { parts, crc32 }: Completion) {
    const command = new CompleteMultipartUploadCommand({
      ...this.#options.address,
      ...this.#options.customerKey,
      ...this.#options.conditions,
      UploadId,
      ...(crc32 !== undefined && { ChecksumCRC32: crc32, ChecksumType: 'FULL_OBJECT' }),
      MultipartUpload: {
        Parts: parts.map(({ number, etag, crc32 }) => ({
          PartNumber: number,
          ETag: etag,
          ...(crc32 !== undefined && { ChecksumCRC32: crc32 }),
        })),
      },
    });
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
      const failure = storeErrorFrom(error, operation);
      this.retries += failure.attempts - 1;
      throw failure;
    }
  }
}
