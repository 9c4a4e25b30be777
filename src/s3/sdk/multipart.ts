import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  type ChecksumAlgorithm,
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
import type { Digests } from '../digests.ts';
import { PartChecksums } from '../part-checksums.ts';
import { etagOfParts, PARTS_AT_ONCE, PARTS_IN_MEMORY } from '../parts.ts';
import { StoreError, storeErrorFrom } from '../store-error.ts';
import type { UploadAnswer } from '../store-types.ts';
import { checksumField } from './checksum-field.ts';

type ObjectParams = Omit<CreateMultipartUploadCommandInput, 'Bucket' | 'Key'> & {
  Bucket: string;
  Key: string;
};

interface PartsOptions {
  readonly partSize: number;
  /** What the parts, and with a checksum the whole, are sent with. */
  readonly digests: Digests;
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
  const { partSize } = options;
  await content.reserve(PARTS_IN_MEMORY * partSize);
  const parts = new PartsClient(client, content, options);
  const upload = new Upload({
    client: parts.client,
    params: {
      ...params,
      Body: Readable.from(content.chunks(), { highWaterMark: 1 }),
      ContentLength: content.size,
      ...parts.announcement,
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
  readonly #checksums: PartChecksums;
  readonly client: S3Client;
  retries = 0;
  /** What to add to an error's message when the parts could not be removed. */
  leftBehind = '';

  constructor(client: S3Client, content: SourceContent, options: PartsOptions) {
    this.#content = content;
    this.#options = options;
    this.#checksums = new PartChecksums(options.digests.checksum);
    this.#send = client.send.bind(client) as unknown as Send;
    this.client = Object.create(client, { send: { value: (command: Command) => this.#forward(command) } });
  }

  /** The ETag that S3 makes of these parts: the MD5 of the parts' MD5s, and their number. */
  get etag(): string {
    return etagOfParts(this.#md5s);
  }

  /** What is said of the checksums to come. Without a type S3 takes the parts' composite. */
  get announcement(): Pick<CreateMultipartUploadCommandInput, 'ChecksumAlgorithm' | 'ChecksumType'> {
    const { algorithm, isFullObject } = this.#checksums;
    return {
      ...(algorithm && { ChecksumAlgorithm: algorithm.toUpperCase() as ChecksumAlgorithm }),
      ...(isFullObject && { ChecksumType: 'FULL_OBJECT' }),
    };
  }

  async #forward(command: Command): Promise<unknown> {
    if (command instanceof AbortMultipartUploadCommand) return this.#abort(command);
    if (command instanceof CompleteMultipartUploadCommand) return this.#complete(command);
    if (command instanceof UploadPartCommand) await this.#sign(command);
    return this.#request(command);
  }

  async #sign({ input }: UploadPartCommand): Promise<void> {
    const bytes = input.Body as Buffer;
    const index = Number(input.PartNumber) - 1;
    const md5 = createHash('md5').update(bytes).digest();
    this.#md5s[index] = md5;
    if (this.#options.digests.md5) input.ContentMD5 = md5.toString('base64');
    // lib-storage repeats here what the whole is created with; the SDK would compute the checksum once more.
    input.ChecksumAlgorithm = undefined;
    await this.#checksums.add(index, bytes);
    Object.assign(input, this.#checksumOf(index));
  }

  #checksumOf(index: number) {
    return checksumField(this.#checksums.algorithm, this.#checksums.of(index));
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
    this.#addChecksums(command.input);
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

  #addChecksums(input: CompleteMultipartUploadCommandInput): void {
    const { algorithm, isFullObject } = this.#checksums;
    if (algorithm === undefined) return;
    const whole = this.#checksums.whole();
    this.#content.checksums[algorithm] = whole;
    if (isFullObject) Object.assign(input, checksumField(algorithm, whole));
    // A store that does not repeat a part's checksum in its answer leaves lib-storage without one.
    for (const part of input.MultipartUpload?.Parts ?? [])
      Object.assign(part, this.#checksumOf(Number(part.PartNumber) - 1));
  }

  /** A completion whose answer was lost is answered NoSuchUpload when it is asked again: only a look can tell. */
  async #completedAllTheSame({
    Bucket,
    Key,
  }: CompleteMultipartUploadCommandInput): Promise<Answer | undefined> {
    try {
      const head = await this.#request(new HeadObjectCommand({ Bucket, Key }));
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
