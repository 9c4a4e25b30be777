import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { checksumOf } from '../../checksum/checksum.ts';
import { BackupError } from '../../errors.ts';
import type { SourceContent } from '../../source/content.ts';
import { decodedKey, timeIn, unquoted, writeOf } from '../answers.ts';
import type { WriteTerms } from '../capabilities.ts';
import { requirePrivateWay } from '../customer-key.ts';
import { isDirectoryBucket } from '../directory-bucket.ts';
import type { Endpoint } from '../lean/endpoint.ts';
import type { AbortRule } from '../lifecycle.ts';
import type { UploadPin } from '../multipart/unfinished-uploads.ts';
import { uploadFile } from '../multipart/upload-file.ts';
import { etagIsDigest } from '../object-bytes.ts';
import { customerKeyFields, objectHeaders, probeFields } from '../object-options.ts';
import { isAnswerOfS3 } from '../outage.ts';
import type { ObjectState } from '../proof.ts';
import { REQUESTER_PAYS } from '../requester-pays.ts';
import { storeErrorFrom, storeErrorOf } from '../store-error.ts';
import type {
  ArchiveAnswer,
  ArchiveRequest,
  ByteRange,
  HeadRequest,
  ListedVersion,
  ListPage,
  ListRequest,
  ObjectBytes,
  ObjectPin,
  StoreOptions,
  UploadAnswer,
  WriteCondition,
} from '../store-types.ts';
import type { HeadOptions, Transport, TransportFacts } from '../transport.ts';
import { abortRuleOf } from './abort-rule.ts';
import { checksumField, checksumsIn } from './checksum-field.ts';
import { closeIdleSockets, createClient } from './client.ts';
import { dateOfAnswer } from './date-of-answer.ts';
import { watchEachTry } from './each-try.ts';
import { onEveryRequest } from './every-request.ts';
import { listVersions } from './list-versions.ts';
import { onEmbeddedFolder } from './on-embedded-folder.ts';
import { SdkPartRequests } from './part-requests.ts';
import { readObject } from './read-object.ts';
import { requestArchived } from './request-archived.ts';
import { endpointFromSdk } from './sdk-endpoint.ts';
import { type ServerName, serverNameOf } from './server-name.ts';
import { SdkUnfinished } from './unfinished.ts';

/** Longer than an endpoint that is there takes for one entry of a listing. */
const PROBE_MS = 30_000;

/** The transport that knows all of S3, and what is asked so seldom that only it is asked. */
export class SdkTransport implements Transport {
  readonly #client: S3Client;
  readonly #options: StoreOptions;
  readonly #facts: TransportFacts;
  readonly unfinished: SdkUnfinished;

  constructor(options: StoreOptions, facts: TransportFacts) {
    const { bucket, object = {}, requesterPays = false } = options;
    this.#client = createClient(options, facts.network);
    this.#options = options;
    this.#facts = facts;
    this.unfinished = new SdkUnfinished(this.#client, options);
    onEmbeddedFolder(this.#client, facts.onEmbeddedFolder);
    watchEachTry(this.#client, facts.outage);
    onEveryRequest(this.#client, 'asTheOptionsSay', ({ protocol, hostname, headers }) => {
      if (object.customerKey !== undefined)
        requirePrivateWay({ secure: protocol === 'https:', host: hostname });
      if (requesterPays) Object.assign(headers, REQUESTER_PAYS);
      // They take none (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html); the CRC-32 protects the body.
      if (isDirectoryBucket(bucket)) delete headers['content-md5'];
    });
  }

  async upload(key: string, content: SourceContent, terms: WriteTerms): Promise<UploadAnswer> {
    const { object = {}, signal } = this.#options;
    const { md5, checksum } = terms;
    const address = this.#address({ key });
    const headers = objectHeaders(key, content.identity, object);
    const conditions = conditionFields(terms.condition);
    if (content.bytes === undefined || content.md5 === undefined) {
      const look = () => this.head({ key });
      const customerKey = this.#customerKey;
      const parts = { address, object: headers, customerKey, conditions, digests: terms, look, signal };
      const requests = new SdkPartRequests(this.#client, parts);
      const { unfinished } = this;
      return uploadFile({ key, content, requests, unfinished, digests: terms }, this.#options, this.#facts);
    }
    if (checksum) await content.addChecksum(checksum);
    const command = new PutObjectCommand({
      ...address,
      ...headers,
      ...conditions,
      Body: content.bytes,
      ContentLength: content.size,
      ...(md5 && { ContentMD5: Buffer.from(content.md5, 'hex').toString('base64') }),
      ...(checksum && checksumField(checksum, content.checksums[checksum])),
    });
    const answer = await this.#ask('PutObject', () => this.#client.send(command, this.#requestOptions));
    return {
      ...writeOf(answer),
      partsEtag: undefined,
      attempts: answer.$metadata.attempts ?? 1,
      resumedBytes: 0,
    };
  }

  async head({ partNumber, ...pin }: HeadRequest, options: HeadOptions = {}): Promise<ObjectState> {
    const { withCustomerKey = true, withChecksums = true } = options;
    const command = new HeadObjectCommand({
      ...this.#address(pin),
      ...this.#keyFields(withCustomerKey),
      ...(partNumber !== undefined && { PartNumber: partNumber }),
      ...(withChecksums && { ChecksumMode: 'ENABLED' }),
    });
    const head = await this.#ask('HeadObject', () => this.#client.send(command, this.#requestOptions));
    return {
      size: head.ContentLength,
      etag: unquoted(head.ETag),
      versionId: head.VersionId,
      checksums: checksumsIn(head),
      etagIsDigest: etagIsDigest(head.ServerSideEncryption, head.SSECustomerAlgorithm),
      metadata: head.Metadata ?? {},
    };
  }

  async listPage(request: ListRequest): Promise<ListPage> {
    const { prefix, startAfter = '', continuationToken, maxKeys = 1000 } = request;
    const command = new ListObjectsV2Command({
      Bucket: this.#options.bucket,
      Prefix: prefix,
      MaxKeys: maxKeys,
      // XML cannot hold every character that a key can.
      EncodingType: 'url',
      ...(startAfter !== '' && { StartAfter: startAfter }),
      ...(continuationToken !== undefined && { ContinuationToken: continuationToken }),
    });
    const date = dateOfAnswer(command);
    const page = await this.#ask('ListObjectsV2', () => this.#client.send(command, this.#requestOptions));
    const decode = (key: string) => (page.EncodingType === 'url' ? decodedKey(key) : key);
    return {
      objects: (page.Contents ?? []).map(({ Key = '', Size = 0, ETag, LastModified, StorageClass }) => ({
        key: decode(Key),
        size: Size,
        etag: unquoted(ETag),
        lastModified: LastModified?.getTime(),
        storageClass: StorageClass,
      })),
      truncated: page.IsTruncated ?? false,
      next: page.NextContinuationToken,
      answeredAt: timeIn(date()),
    };
  }

  async read(pin: ObjectPin, range?: ByteRange, withCustomerKey = true): Promise<ObjectBytes> {
    const { maxAttempts = 5, signal } = this.#options;
    const input = { ...this.#pinned(pin), ...this.#keyFields(withCustomerKey) };
    return this.#ask('GetObject', () => readObject(this.#client, input, range, { maxAttempts, signal }));
  }

  /** By a client of its own, so over a new connection. */
  async probe(): Promise<void> {
    const client = createClient({ ...this.#options, connections: 1, maxAttempts: 1 }, this.#facts.network);
    client.config.credentials = this.#client.config.credentials;
    const command = new ListObjectsV2Command({ Bucket: this.#options.bucket, MaxKeys: 1 });
    const operation = 'ListObjectsV2';
    const abortSignal = AbortSignal.timeout(PROBE_MS);
    try {
      await client.send(command, { abortSignal });
    } catch (error) {
      const failure = abortSignal.aborted
        ? storeErrorOf({ operation, code: 'TimeoutError', text: `no answer for ${PROBE_MS / 1000} s` })
        : storeErrorFrom(error, operation);
      if (isAnswerOfS3(failure)) return;
      closeIdleSockets(this.#client);
      throw failure;
    } finally {
      client.destroy();
    }
  }

  /** Reads an object of any size, a piece at a time, and no faster than the limit for all bytes allows. */
  async *stream(pin: ObjectPin): AsyncGenerator<Uint8Array, void> {
    const command = new GetObjectCommand({ ...this.#pinned(pin), ...this.#customerKey });
    try {
      const { Body } = await this.#client.send(command, this.#requestOptions);
      for await (const piece of Body as AsyncIterable<Uint8Array>) {
        await this.#facts.network.bandwidth?.pay(piece.length);
        yield piece;
      }
    } catch (error) {
      throw thrownBy('GetObject', error);
    }
  }

  /** Every version and delete marker below a prefix, those of one key together. */
  listVersions(prefix: string): AsyncGenerator<ListedVersion[], void> {
    const where = { Bucket: this.#options.bucket, Prefix: prefix };
    return listVersions(this.#client, where, this.#options.signal);
  }

  /** Asks for an archived object to be made readable, and does not wait for it. */
  requestArchived(pin: ObjectPin, request: ArchiveRequest): Promise<ArchiveAnswer> {
    return requestArchived(this.#client, this.#address(pin), request);
  }

  /** The names of the places where credentials were found. Asks nothing of the store. */
  async credentialSources(): Promise<string[]> {
    return this.#ask('credentials', async () => {
      const credentials: object = await this.#client.config.credentials();
      return '$source' in credentials ? Object.keys(Object(credentials.$source)) : [];
    });
  }

  /** Writes a few bytes that are in no file, as an object that only tries out whether one may be written. */
  async putBytes(key: string, bytes: Buffer, terms: WriteTerms): Promise<UploadAnswer & ServerName> {
    const { md5, checksum, condition } = terms;
    const sum = checksum && (await checksumOf(checksum, bytes)).toString('base64');
    const command = new PutObjectCommand({
      ...this.#address({ key }),
      ...probeFields(this.#options.object ?? {}),
      ...conditionFields(condition),
      Body: bytes,
      ...(md5 && { ContentMD5: createHash('md5').update(bytes).digest('base64') }),
      ...checksumField(checksum, sum),
    });
    const name = serverNameOf(command);
    const answer = await this.#ask('PutObject', () => this.#client.send(command));
    const { attempts = 1 } = answer.$metadata;
    return { ...writeOf(answer), partsEtag: undefined, attempts, resumedBytes: 0, server: name() };
  }

  async remove(pin: ObjectPin): Promise<void> {
    await this.#ask('DeleteObject', () => this.#client.send(new DeleteObjectCommand(this.#address(pin))));
  }

  async abortUpload({ key, uploadId }: UploadPin): Promise<void> {
    const command = new AbortMultipartUploadCommand({ ...this.#address({ key }), UploadId: uploadId });
    await this.#ask('AbortMultipartUpload', () => this.#client.send(command, this.#requestOptions));
  }

  async abortRules(): Promise<AbortRule[]> {
    const command = new GetBucketLifecycleConfigurationCommand({ Bucket: this.#options.bucket });
    const { Rules = [] } = await this.#ask('GetBucketLifecycleConfiguration', () =>
      this.#client.send(command, this.#requestOptions),
    );
    return Rules.flatMap(abortRuleOf);
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

  #pinned(pin: ObjectPin) {
    return { ...this.#address(pin), ...(pin.etag !== undefined && { IfMatch: `"${pin.etag}"` }) };
  }

  #keyFields(withCustomerKey: boolean) {
    return withCustomerKey ? this.#customerKey : {};
  }

  get #customerKey() {
    return customerKeyFields(this.#options.object ?? {});
  }

  async #ask<T>(operation: string, request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw thrownBy(operation, error);
    }
  }
}

function thrownBy(operation: string, error: unknown): Error {
  return error instanceof BackupError ? error : storeErrorFrom(error, operation);
}

function conditionFields({ ifAbsent, ifMatch }: WriteCondition) {
  return {
    ...(ifAbsent && { IfNoneMatch: '*' }),
    ...(ifMatch !== undefined && { IfMatch: `"${ifMatch}"` }),
  };
}
