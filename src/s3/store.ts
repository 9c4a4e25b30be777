import { createHash } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { SourceContent } from '../source/content.ts';
import { unquoted, writeOf } from './answers.ts';
import { createClient } from './client.ts';
import { onEmbeddedFolder } from './embedded-folder.ts';
import { uploadParts } from './multipart.ts';
import { objectHeaders } from './object-options.ts';
import { base64OfCrc, type ObjectState } from './proof.ts';
import { StoreError, storeErrorFrom } from './store-error.ts';
import type {
  ListedObject,
  ListPage,
  ListRequest,
  ObjectPin,
  StoreOptions,
  UploadAnswer,
  WriteCondition,
} from './store-types.ts';

export type * from './store-types.ts';

/** One bucket, and the few things that the stages ask of it. Every method throws StoreError. */
export class Store {
  readonly #client: S3Client;
  readonly #options: StoreOptions;
  readonly #sendsCrc32: boolean;
  /** Where the embedded endpoint keeps its objects, once it has answered; undefined for every other store. */
  embeddedFolder: string | undefined;

  constructor(options: StoreOptions) {
    this.#client = createClient(options);
    this.#options = options;
    onEmbeddedFolder(this.#client, (folder) => {
      this.embeddedFolder = folder;
    });
    // AWS stores the checksum and reports it where the ETag is no MD5 (SSE-KMS, also as a bucket's default). Other
    // stores refuse it beside Content-MD5 or ignore it, so they get it only where the ETag cannot serve.
    this.#sendsCrc32 =
      options.endpointUrl === undefined || (options.object?.serverSideEncryption ?? 'AES256') !== 'AES256';
  }

  get bucket(): string {
    return this.#options.bucket;
  }

  /**
   * Uploads one file: one PutObject where it was read whole, else a multipart upload that reads it on the way.
   *
   * @param condition What must be under the key; else it fails with `PreconditionFailed`.
   */
  async upload(key: string, content: SourceContent, condition: WriteCondition = {}): Promise<UploadAnswer> {
    const { ifAbsent, ifMatch } = condition;
    const params = {
      Bucket: this.bucket,
      Key: key,
      ...(ifAbsent && { IfNoneMatch: '*' }),
      ...(ifMatch !== undefined && { IfMatch: `"${ifMatch}"` }),
      ...objectHeaders(key, content.identity, this.#options.object ?? {}),
    };
    if (content.bytes === undefined || content.md5 === undefined) {
      return uploadParts(this.#client, params, content, {
        leastPartSize: this.partSize,
        fullObjectCrc32: this.#sendsCrc32,
        signal: this.#options.signal,
      });
    }
    const command = new PutObjectCommand({
      ...params,
      Body: content.bytes,
      ContentLength: content.size,
      ContentMD5: Buffer.from(content.md5, 'hex').toString('base64'),
      ...(this.#sendsCrc32 && content.crc32 !== undefined && { ChecksumCRC32: base64OfCrc(content.crc32) }),
    });
    const answer = await this.#ask('PutObject', () => this.#client.send(command, this.#requestOptions));
    return { ...writeOf(answer), partsEtag: undefined, attempts: answer.$metadata.attempts ?? 1 };
  }

  /** Files up to this many bytes go up in one request. */
  get partSize(): number {
    return this.#options.partSizeBytes ?? 8 * 1024 * 1024;
  }

  /** What S3 says of an object: of its newest version, where none is named. */
  async head(pin: ObjectPin): Promise<ObjectState> {
    const command = new HeadObjectCommand({ ...this.#address(pin), ChecksumMode: 'ENABLED' });
    const head = await this.#ask('HeadObject', () => this.#client.send(command, this.#requestOptions));
    return {
      size: head.ContentLength,
      etag: unquoted(head.ETag),
      versionId: head.VersionId,
      crc32: head.ChecksumCRC32,
    };
  }

  /** Reads an object back and hashes it. */
  async download(pin: ObjectPin): Promise<{ size: number; md5: string }> {
    const command = new GetObjectCommand({
      ...this.#address(pin),
      ...(pin.etag && { IfMatch: `"${pin.etag}"` }),
    });
    return this.#ask('GetObject', async () => {
      const { Body } = await this.#client.send(command, this.#requestOptions);
      const md5 = createHash('md5');
      let size = 0;
      for await (const chunk of Body as AsyncIterable<Buffer>) {
        md5.update(chunk);
        size += chunk.length;
      }
      return { size, md5: md5.digest('hex') };
    });
  }

  /**
   * One page of at most 1,000 objects, in the order of the keys' UTF-8 bytes.
   *
   * @throws StoreError, also where the answer is not S3's: to the SDK a page of HTML is an empty list
   */
  async listPage({ prefix, startAfter = '', maxKeys = 1000 }: ListRequest): Promise<ListPage> {
    const command = new ListObjectsV2Command({
      Bucket: this.bucket,
      Prefix: prefix,
      MaxKeys: maxKeys,
      // XML cannot hold every character that a key can.
      EncodingType: 'url',
      ...(startAfter !== '' && { StartAfter: startAfter }),
    });
    const page = await this.#ask('ListObjectsV2', () => this.#client.send(command, this.#requestOptions));
    if (page.Name === undefined) throw new StoreError('NotS3', 'the answer is not a list of objects', 200, 1);
    const decode = (key: string) =>
      page.EncodingType === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key;
    return {
      objects: (page.Contents ?? []).map(({ Key = '', Size = 0, ETag }) => ({
        key: decode(Key),
        size: Size,
        etag: unquoted(ETag),
      })),
      truncated: page.IsTruncated ?? false,
    };
  }

  /** Every object below a prefix, a page at a time. */
  async *list(prefix: string): AsyncGenerator<ListedObject, void> {
    for (let startAfter = '', more = true; more; ) {
      const { objects, truncated } = await this.listPage({ prefix, startAfter });
      yield* objects;
      startAfter = objects.at(-1)?.key ?? '';
      more = truncated;
    }
  }

  /** Where the SDK found credentials: the names of its sources. Asks nothing of the store. */
  async credentialSources(): Promise<string[]> {
    return this.#ask('credentials', async () => {
      const credentials: object = await this.#client.config.credentials();
      return '$source' in credentials ? Object.keys(Object(credentials.$source)) : [];
    });
  }

  /** Writes an empty object and removes it again, its version included where there is one. */
  async probeWrite(key: string): Promise<void> {
    const put = new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: Buffer.alloc(0) });
    const { versionId } = writeOf(await this.#ask('PutObject', () => this.#client.send(put)));
    const remove = new DeleteObjectCommand(this.#address({ key, versionId }));
    await this.#ask('DeleteObject', () => this.#client.send(remove));
  }

  /** Closes idle connections. */
  close(): void {
    this.#client.destroy();
  }

  get #requestOptions(): { abortSignal?: AbortSignal } {
    const { signal } = this.#options;
    return signal ? { abortSignal: signal } : {};
  }

  #address({ key, versionId }: ObjectPin) {
    return { Bucket: this.bucket, Key: key, ...(versionId !== undefined && { VersionId: versionId }) };
  }

  async #ask<T>(operation: string, request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw storeErrorFrom(error, operation);
    }
  }
}
