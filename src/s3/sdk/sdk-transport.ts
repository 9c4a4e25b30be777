/**
 * Longer than other files: it implements each request of the interface `Transport` once, and the rare requests that only the SDK
 * supports. Most methods are a few lines around a file of their own.
 */
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { DEFAULTS } from '../../core/defaults.ts';
import type { KeyRange } from '../../core/key-range.ts';
import type { ObjectState } from '../../proof/rules/object-state.ts';
import type { SourceContent } from '../../source/content.ts';
import type { Identity } from '../../source/identity.ts';
import { unquoted, writeOf } from '../answers.ts';
import { triesOf } from '../body-tries.ts';
import type { WriteTerms } from '../capabilities.ts';
import { requirePrivateWay } from '../customer-key.ts';
import { isDirectoryBucket } from '../directory-bucket.ts';
import type { AbortRule } from '../lifecycle.ts';
import type { PartRequests } from '../multipart/part-requests.ts';
import type { UploadPin } from '../multipart/unfinished-uploads.ts';
import { uploadFile } from '../multipart/upload-file.ts';
import { etagIsDigest } from '../object-bytes.ts';
import { customerKeyFields, objectHeaders } from '../object-options.ts';
import { REQUESTER_PAYS } from '../requester-pays.ts';
import type { Endpoint } from '../signed-http/endpoint.ts';
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
} from '../store-types.ts';
import type { HeadOptions, ReadOptions, Transport, TransportFacts } from '../transport.ts';
import { isWhole, type WholeContent } from '../whole-content.ts';
import { abortRuleOf } from './abort-rule.ts';
import { asked } from './asked.ts';
import { createClient } from './client.ts';
import { countTries } from './count-tries.ts';
import { listPage } from './list-page.ts';
import { listVersions } from './list-versions.ts';
import { watchEachTry } from './middleware/each-try.ts';
import { onEveryRequest } from './middleware/every-request.ts';
import { onEmbeddedFolder } from './middleware/on-embedded-folder.ts';
import { SdkPartRequests } from './part-requests.ts';
import { probeEndpoint } from './probe-endpoint.ts';
import { type BytesAnswer, putBytes } from './put-bytes.ts';
import { readObject } from './read-object.ts';
import { requestArchived } from './request-archived.ts';
import { checksumField, checksumsIn, conditionFields } from './request-fields.ts';
import { endpointFromSdk } from './sdk-endpoint.ts';
import { SdkUnfinishedUploads } from './unfinished.ts';

/** The transport that knows all of S3, and the requests that only this transport implements because they are rare. */
export class SdkTransport implements Transport {
  readonly #client: S3Client;
  readonly #options: StoreOptions;
  readonly #facts: TransportFacts;
  readonly unfinished: SdkUnfinishedUploads;

  constructor(options: StoreOptions, facts: TransportFacts) {
    const { bucket, object = {}, requesterPays = DEFAULTS.requesterPays } = options;
    this.#client = createClient(options, facts.network);
    this.#options = options;
    this.#facts = facts;
    this.unfinished = new SdkUnfinishedUploads(this.#client, options);
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

  async upload(key: string, content: SourceContent | WholeContent, terms: WriteTerms): Promise<UploadAnswer> {
    const { md5, checksum } = terms;
    if (!isWhole(content)) {
      const requests = this.partRequests(key, content.identity, terms);
      const { unfinished } = this;
      return uploadFile({ key, content, requests, unfinished, terms }, this.#options, this.#facts);
    }
    if (checksum) await content.addChecksum(checksum);
    const command = new PutObjectCommand({
      ...this.#address({ key }),
      ...this.#headersOf(key, content.identity),
      ...conditionFields(terms.condition),
      Body: content.bytes,
      ContentLength: content.size,
      ...(md5 && { ContentMD5: Buffer.from(content.md5, 'hex').toString('base64') }),
      ...(checksum && checksumField(checksum, content.checksums[checksum])),
    });
    countTries(command, triesOf(content.allowance, content.size));
    const answer = await asked('PutObject', () => this.#client.send(command, this.#requestOptions));
    content.sent?.add(content.size);
    return {
      ...writeOf(answer),
      partsEtag: undefined,
      attempts: answer.$metadata.attempts ?? 1,
      resumedBytes: 0,
    };
  }

  partRequests(key: string, identity: Identity, terms: WriteTerms): PartRequests {
    return new SdkPartRequests(this.#client, {
      address: this.#address({ key }),
      object: this.#headersOf(key, identity),
      customerKey: this.#customerKey,
      conditions: conditionFields(terms.condition),
      digests: terms,
      look: () => this.head({ key }),
      signal: this.#options.signal,
    });
  }

  #headersOf(key: string, identity: Identity) {
    return objectHeaders(key, identity, this.#options.object ?? {}, this.#facts.clock.now());
  }

  async head({ partNumber, ...pin }: HeadRequest, options: HeadOptions = {}): Promise<ObjectState> {
    const { withCustomerKey = true, withChecksums = true } = options;
    const command = new HeadObjectCommand({
      ...this.#address(pin),
      ...this.#keyFields(withCustomerKey),
      ...(partNumber !== undefined && { PartNumber: partNumber }),
      ...(withChecksums && { ChecksumMode: 'ENABLED' }),
    });
    const head = await asked('HeadObject', () => this.#client.send(command, this.#requestOptions));
    return {
      size: head.ContentLength,
      etag: unquoted(head.ETag),
      versionId: head.VersionId,
      checksums: checksumsIn(head),
      etagIsDigest: etagIsDigest(head.ServerSideEncryption, head.SSECustomerAlgorithm),
      storageClass: head.StorageClass,
      metadata: head.Metadata ?? {},
    };
  }

  listPage(request: ListRequest): Promise<ListPage> {
    return listPage(this.#client, this.#options.bucket, request, this.#requestOptions);
  }

  async read(
    pin: ObjectPin,
    range?: ByteRange,
    { withCustomerKey = true }: ReadOptions = {},
  ): Promise<ObjectBytes> {
    const { maxAttempts = DEFAULTS.maxAttempts, signal } = this.#options;
    const input = { ...this.#pinned(pin), ...this.#keyFields(withCustomerKey) };
    return asked('GetObject', () => readObject(this.#client, input, range, { maxAttempts, signal }));
  }

  probe(): Promise<void> {
    return probeEndpoint(this.#client, this.#options, this.#facts.network);
  }

  /** Lists every version and delete marker below a prefix, with the pages of a range only; those of one key follow each other. */
  listVersions(prefix: string, range: KeyRange): AsyncGenerator<ListedVersion, void> {
    const { bucket, signal } = this.#options;
    return listVersions(this.#client, { Bucket: bucket, Prefix: prefix }, { signal, range });
  }

  /** Requests that an archived object be made readable, and does not wait for it. */
  requestArchived(pin: ObjectPin, request: ArchiveRequest): Promise<ArchiveAnswer> {
    return requestArchived(this.#client, this.#address(pin), request);
  }

  /** Names of the places where credentials were found. Sends nothing to the store. */
  async credentialSources(): Promise<string[]> {
    return asked('credentials', async () => {
      const credentials: object = await this.#client.config.credentials();
      return '$source' in credentials ? Object.keys(Object(credentials.$source)) : [];
    });
  }

  /** Writes a few bytes that are in no file, as the object of a probe. */
  putBytes(key: string, bytes: Buffer, terms: WriteTerms): Promise<BytesAnswer> {
    return putBytes(this.#client, this.#address({ key }), this.#options, bytes, terms);
  }

  async remove(pin: ObjectPin): Promise<void> {
    const command = new DeleteObjectCommand(this.#address(pin));
    await asked('DeleteObject', () => this.#client.send(command, this.#requestOptions));
  }

  async abortUpload({ key, uploadId }: UploadPin): Promise<void> {
    const command = new AbortMultipartUploadCommand({ ...this.#address({ key }), UploadId: uploadId });
    await asked('AbortMultipartUpload', () => this.#client.send(command, this.#requestOptions));
  }

  async abortRules(): Promise<AbortRule[]> {
    const command = new GetBucketLifecycleConfigurationCommand({ Bucket: this.#options.bucket });
    const { Rules = [] } = await asked('GetBucketLifecycleConfiguration', () =>
      this.#client.send(command, this.#requestOptions),
    );
    return Rules.flatMap(abortRuleOf);
  }

  /** The endpoint for the signed-http transport; undefined if that transport cannot use it. */
  async endpoint(): Promise<Endpoint | undefined> {
    return asked('endpoint', () => endpointFromSdk(this.#client, this.#options.bucket));
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
}
