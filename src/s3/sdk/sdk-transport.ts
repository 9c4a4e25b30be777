import { createHash } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { checksumOf } from '../../checksum/checksum.ts';
import type { SourceContent } from '../../source/content.ts';
import { unquoted, writeOf } from '../answers.ts';
import type { WriteTerms } from '../capabilities.ts';
import type { Endpoint } from '../lean/endpoint.ts';
import { objectHeaders } from '../object-options.ts';
import { partSizeFor } from '../parts.ts';
import type { ObjectState } from '../proof.ts';
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
import { checksumField, checksumsIn } from './checksum-field.ts';
import { createClient } from './client.ts';
import { uploadParts } from './multipart.ts';
import { onEmbeddedFolder } from './on-embedded-folder.ts';
import { endpointFromSdk } from './sdk-endpoint.ts';
import { type ServerName, serverNameOf } from './server-name.ts';

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

  async upload(key: string, content: SourceContent, terms: WriteTerms): Promise<UploadAnswer> {
    const { bucket, object = {}, signal } = this.#options;
    const { md5, checksum, condition } = terms;
    const { partSize, maxParts } = this.#facts;
    const params = {
      Bucket: bucket,
      Key: key,
      ...conditionFields(condition),
      ...objectHeaders(key, content.identity, object),
    };
    if (content.bytes === undefined || content.md5 === undefined) {
      const size = partSizeFor(content.size, partSize, maxParts);
      return uploadParts(this.#client, params, content, { partSize: size, digests: terms, signal });
    }
    if (checksum) await content.addChecksum(checksum);
    const command = new PutObjectCommand({
      ...params,
      Body: content.bytes,
      ContentLength: content.size,
      ...(md5 && { ContentMD5: Buffer.from(content.md5, 'hex').toString('base64') }),
      ...(checksum && checksumField(checksum, content.checksums[checksum])),
    });
    const answer = await this.#ask('PutObject', () => this.#client.send(command, this.#requestOptions));
    return { ...writeOf(answer), partsEtag: undefined, attempts: answer.$metadata.attempts ?? 1 };
  }

  async head(pin: ObjectPin, withChecksums: boolean): Promise<ObjectState> {
    const mode = withChecksums && ({ ChecksumMode: 'ENABLED' } as const);
    const command = new HeadObjectCommand({ ...this.#address(pin), ...mode });
    const head = await this.#ask('HeadObject', () => this.#client.send(command, this.#requestOptions));
    return {
      size: head.ContentLength,
      etag: unquoted(head.ETag),
      versionId: head.VersionId,
      checksums: checksumsIn(head),
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

  /** Writes a few bytes that are in no file. */
  async putBytes(key: string, bytes: Buffer, terms: WriteTerms): Promise<UploadAnswer & ServerName> {
    const sum = terms.checksum && (await checksumOf(terms.checksum, bytes)).toString('base64');
    const command = new PutObjectCommand({
      Bucket: this.#options.bucket,
      Key: key,
      ...conditionFields(terms.condition),
      Body: bytes,
      ...(terms.md5 && { ContentMD5: createHash('md5').update(bytes).digest('base64') }),
      ...checksumField(terms.checksum, sum),
    });
    const name = serverNameOf(command);
    const answer = await this.#ask('PutObject', () => this.#client.send(command));
    const { attempts = 1 } = answer.$metadata;
    return { ...writeOf(answer), partsEtag: undefined, attempts, server: name() };
  }

  async remove(pin: ObjectPin): Promise<void> {
    await this.#ask('DeleteObject', () => this.#client.send(new DeleteObjectCommand(this.#address(pin))));
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

function conditionFields({ ifAbsent, ifMatch }: WriteCondition) {
  return {
    ...(ifAbsent && { IfNoneMatch: '*' }),
    ...(ifMatch !== undefined && { IfMatch: `"${ifMatch}"` }),
  };
}
