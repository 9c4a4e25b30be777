import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  type CreateMultipartUploadCommandInput,
  HeadObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { SourceContent } from '../../source/content.ts';
import { SourceError } from '../../source/source-error.ts';
import { unquoted, writeOf } from '../answers.ts';
import { etagOfParts, PARTS_AT_ONCE, PARTS_IN_MEMORY, partSizeFor } from '../parts.ts';
import { base64OfCrc } from '../proof.ts';
import { StoreError, storeErrorFrom } from '../store-error.ts';
import type { UploadAnswer } from '../store-types.ts';

type ObjectParams = Omit<CreateMultipartUploadCommandInput, 'Bucket' | 'Key'> & {
  Bucket: string;
  Key: string;
};

interface PartsOptions {
  readonly leastPartSize: number;
  readonly fullObjectCrc32: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * Uploads a file in parts through lib-storage, reading it once on the way. lib-storage alone sends parts without
 * Content-MD5, ignores our signal, and calls a completion whose answer was lost a failure; the client that it is given
 * here sees to these.
 *
 * @throws SourceError where reading failed or the file changed, StoreError where the store did; in both cases the
 * multipart upload was aborted
 */
export async function uploadParts(
  client: S3Client,
  params: ObjectParams,
  content: SourceContent,
  options: PartsOptions,
): Promise<UploadAnswer> {
  const partSize = partSizeFor(content.size, options.leastPartSize);
  await content.reserve(PARTS_IN_MEMORY * partSize);
  const parts = new PartsClient(client, content, options);
  const upload = new Upload({
    client: parts.client,
    params: {
      ...params,
      Body: Readable.from(content.chunks(), { highWaterMark: 1 }),
      ContentLength: content.size,
      ...(options.fullObjectCrc32 && { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' }),
    },
    partSize,
    queueSize: PARTS_AT_ONCE,
  });
  try {
    const answer = await upload.done();
    const { etag, versionId } = writeOf(answer);
    return { etag: etag || parts.etag, versionId, partsEtag: parts.etag, attempts: 1 + parts.retries };
  } catch (error) {
    if (error instanceof SourceError) throw error;
    const failure = storeErrorFrom(error, 'multipart upload');
    throw new StoreError(failure.code, failure.message + parts.leftBehind, failure.status, 1 + parts.retries);
  }
}

interface Command {
  readonly input: object;
}
interface Answer {
  readonly ETag?: string;
  readonly VersionId?: string;
  readonly $metadata: { readonly attempts?: number };
}

type Send = (command: Command, options?: { abortSignal: AbortSignal }) => Promise<Answer>;

/** The client of one multipart upload. */
class PartsClient {
  readonly #content: SourceContent;
  readonly #options: PartsOptions;
  readonly #send: Send;
  readonly #md5s: Buffer[] = [];
  readonly client: S3Client;
  retries = 0;
  /** What to add to an error's message when the parts could not be removed. */
  leftBehind = '';

  constructor(client: S3Client, content: SourceContent, options: PartsOptions) {
    this.#content = content;
    this.#options = options;
    this.#send = client.send.bind(client) as unknown as Send;
    this.client = Object.create(client, { send: { value: (command: Command) => this.#forward(command) } });
  }

  /** The ETag that S3 makes of these parts: the MD5 of the parts' MD5s, and their number. */
  get etag(): string {
    return etagOfParts(this.#md5s);
  }

  async #forward(command: Command): Promise<unknown> {
    if (command instanceof AbortMultipartUploadCommand) return this.#abort(command);
    if (command instanceof CompleteMultipartUploadCommand) return this.#complete(command);
    if (command instanceof UploadPartCommand) this.#sign(command);
    return this.#request(command);
  }

  #sign({ input }: UploadPartCommand): void {
    const md5 = createHash('md5')
      .update(input.Body as Buffer)
      .digest();
    this.#md5s[Number(input.PartNumber) - 1] = md5;
    input.ContentMD5 = md5.toString('base64');
  }

  async #request(command: Command): Promise<Answer> {
    const { signal } = this.#options;
    try {
      const answer = await this.#send(command, signal && { abortSignal: signal });
      this.retries += (answer.$metadata.attempts ?? 1) - 1;
      return answer;
    } catch (error) {
      const failure = storeErrorFrom(error, command.constructor.name.replace('Command', ''));
      this.retries += failure.attempts - 1;
      throw failure;
    }
  }

  async #complete(command: CompleteMultipartUploadCommand): Promise<Answer> {
    this.#content.requireUnchanged();
    if (this.#options.fullObjectCrc32 && this.#content.crc32 !== undefined) {
      command.input.ChecksumCRC32 = base64OfCrc(this.#content.crc32);
    }
    try {
      return await this.#request(command);
    } catch (error) {
      const head = await this.#completedAllTheSame(command.input);
      if (head === undefined) throw error;
      // Where the content was under the key before, the parts are still there.
      const { Bucket, Key, UploadId } = command.input;
      await this.#abort(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
      return head;
    }
  }

  /** A completion whose answer was lost is answered NoSuchUpload when it is asked again: only a look can tell. */
  async #completedAllTheSame(input: CompleteMultipartUploadCommandInput): Promise<Answer | undefined> {
    const { Bucket, Key, SSECustomerAlgorithm, SSECustomerKey } = input;
    try {
      const head = await this.#request(
        new HeadObjectCommand({ Bucket, Key, SSECustomerAlgorithm, SSECustomerKey }),
      );
      return unquoted(head.ETag) === this.etag ? head : undefined;
    } catch {
      return undefined;
    }
  }

  /** Never cut short by our signal: parts that are left behind are billed. */
  async #abort(command: AbortMultipartUploadCommand): Promise<void> {
    try {
      await this.#send(command);
    } catch (error) {
      const { UploadId } = command.input;
      const { message } = storeErrorFrom(error, 'AbortMultipartUpload');
      this.leftBehind = ` (and the parts of upload ${UploadId} could not be removed: ${message})`;
    }
  }
}
