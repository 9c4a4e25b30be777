import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { SourceContent } from '../../source/content.ts';
import { unquoted, writeOf } from '../answers.ts';
import type { Endpoint } from '../lean/endpoint.ts';
import { objectHeaders } from '../object-options.ts';
import { base64OfCrc, type ObjectState } from '../proof.ts';
import { storeErrorFrom } from '../store-error.ts';
import type {
  ListPage,
  ListRequest,
  ObjectPin,
  StoreOptions,
  UploadAnswer,
  WriteCondition,
} from '../store-types.ts';
import type { Transport, TransportFacts } from '../transport.ts';
import { createClient } from './client.ts';
import { uploadParts } from './multipart.ts';
import { onEmbeddedFolder } from './on-embedded-folder.ts';
import { endpointFromSdk } from './sdk-endpoint.ts';

/** The transport that knows all of S3, and what is asked so seldom that only it is asked. */
export class SdkTransport implements Transport {
  readonly #client: S3Client;
  readonly #options: StoreOptions;
  readonly #facts: TransportFacts;

  constructor(options: StoreOptions, facts: TransportFacts) {
    this.#client = createClient(options);
    this.#options = options;
    this.#facts = facts;
    onEmbeddedFolder(this.#client, facts.onEmbeddedFolder);
  }

  async upload(key: string, content: SourceContent, condition: WriteCondition): Promise<UploadAnswer> {
    const { bucket, object = {}, signal } = this.#options;
    const { ifAbsent, ifMatch } = condition;
    const { partSize, sendsCrc32 } = this.#facts;
    const params = {
      Bucket: bucket,
      Key: key,
      ...(ifAbsent && { IfNoneMatch: '*' }),
      ...(ifMatch !== undefined && { IfMatch: `"${ifMatch}"` }),
      ...objectHeaders(key, content.identity, object),
    };
    if (content.bytes === undefined || content.md5 === undefined) {
      const options = { leastPartSize: partSize, fullObjectCrc32: sendsCrc32, signal };
      return uploadParts(this.#client, params, content, options);
    }
    const command = new PutObjectCommand({
      ...params,
      Body: content.bytes,
      ContentLength: content.size,
      ContentMD5: Buffer.from(content.md5, 'hex').toString('base64'),
      ...(sendsCrc32 && content.crc32 !== undefined && { ChecksumCRC32: base64OfCrc(content.crc32) }),
    });
    const answer = await this.#ask('PutObject', () => this.#client.send(command, this.#requestOptions));
    return { ...writeOf(answer), partsEtag: undefined, attempts: answer.$metadata.attempts ?? 1 };
  }

  async head(pin: ObjectPin): Promise<ObjectState> {
    const command = new HeadObjectCommand({ ...this.#address(pin), ChecksumMode: 'ENABLED' });
    const head = await this.#ask('HeadObject', () => this.#client.send(command, this.#requestOptions));
    return {
      size: head.ContentLength,
      etag: unquoted(head.ETag),
      versionId: head.VersionId,
      crc32: head.ChecksumCRC32,
      encryption: head.ServerSideEncryption,
      metadata: head.Metadata ?? {},
    };
  }

  async listPage({ prefix, startAfter = '', maxKeys = 1000 }: ListRequest): Promise<ListPage> {
    const command = new ListObjectsV2Command({
      Bucket: this.#options.bucket,
      Prefix: prefix,
      MaxKeys: maxKeys,
      // XML cannot hold every character that a key can.
      EncodingType: 'url',
      ...(startAfter !== '' && { StartAfter: startAfter }),
    });
    const page = await this.#ask('ListObjectsV2', () => this.#client.send(command, this.#requestOptions));
    const decode = (key: string) =>
      page.EncodingType === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key;
    return {
      objects: (page.Contents ?? []).map(({ Key = '', Size = 0, ETag, LastModified, StorageClass }) => ({
        key: decode(Key),
        size: Size,
        etag: unquoted(ETag),
        lastModified: LastModified?.getTime(),
        storageClass: StorageClass,
      })),
      truncated: page.IsTruncated ?? false,
    };
  }

  /** Reads an object back, a piece at a time. */
  async *read(pin: ObjectPin): AsyncGenerator<Uint8Array, void> {
    const condition = pin.etag && { IfMatch: `"${pin.etag}"` };
    const command = new GetObjectCommand({ ...this.#address(pin), ...condition });
    try {
      const { Body } = await this.#client.send(command, this.#requestOptions);
      yield* Body as AsyncIterable<Uint8Array>;
    } catch (error) {
      throw storeErrorFrom(error, 'GetObject');
    }
  }

  /** The names of the places where credentials were found. Asks nothing of the store. */
  async credentialSources(): Promise<string[]> {
    return this.#ask('credentials', async () => {
      const credentials: object = await this.#client.config.credentials();
      return '$source' in credentials ? Object.keys(Object(credentials.$source)) : [];
    });
  }

  /** Writes an empty object and removes it again, its version included where there is one. */
  async probeWrite(key: string): Promise<void> {
    const put = new PutObjectCommand({ Bucket: this.#options.bucket, Key: key, Body: Buffer.alloc(0) });
    const { versionId } = writeOf(await this.#ask('PutObject', () => this.#client.send(put)));
    const remove = new DeleteObjectCommand(this.#address({ key, versionId }));
    await this.#ask('DeleteObject', () => this.#client.send(remove));
  }

  /** The endpoint that the lean transport can use; undefined where it does not know enough for it. */
  async endpoint(): Promise<Endpoint | undefined> {
    return this.#ask('endpoint', () => endpointFromSdk(this.#client, this.#options.bucket));
  }

  close(): void {
    this.#client.destroy();
  }

  get #requestOptions(): { abortSignal?: AbortSignal } {
    const { signal } = this.#options;
    return signal ? { abortSignal: signal } : {};
  }

  #address({ key, versionId }: ObjectPin) {
    const version = versionId !== undefined && { VersionId: versionId };
    return { Bucket: this.#options.bucket, Key: key, ...version };
  }

  async #ask<T>(operation: string, request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw storeErrorFrom(error, operation);
    }
  }
}
