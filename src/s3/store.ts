/**
 * The room `s3` sends requests to one bucket of one store, by either of two transports.
 *
 * Longer than other files: one method for each request, since the stages know a store as one object. The logic of most requests
 * is in files of their own.
 */
import { DEFAULTS } from '../core/defaults.ts';
import { holdsKey, type KeyRange } from '../core/key-range.ts';
import { requireOptions } from '../core/require-options.ts';
import type { ChecksumAlgorithm } from '../digest/checksum.ts';
import type { PartLayout } from '../digest/part-layout.ts';
import type { BodyReceiver } from '../http/answer-parser.ts';
import { openNetwork } from '../http/network.ts';
import { isSameEtag } from '../proof/rules/etag.ts';
import type { ObjectState } from '../proof/rules/object-state.ts';
import type { SourceContent } from '../source/content.ts';
import { StreamContent } from '../source/stream-content.ts';
import { Capabilities } from './capabilities.ts';
import { countedReceiver } from './counted-receiver.ts';
import { digestsFor } from './digests.ts';
import { isDirectoryBucket } from './directory-bucket.ts';
import { type HashedObject, hashObject } from './hash-object.ts';
import type { AbortRule } from './lifecycle.ts';
import { listObjects } from './list-objects.ts';
import {
  type PartsPage,
  partsPages,
  type UploadPin,
  type UploadsPage,
  uploadsPages,
} from './multipart/unfinished-uploads.ts';
import { completionOf } from './multipart/upload-file.ts';
import { openOutage } from './open-outage.ts';
import { partSizeFor } from './parts.ts';
import { type Probe, type ProbeRequests, probeStore } from './probe.ts';
import { headWithSize, readWithFallback } from './requests-with-fallback.ts';
import type { SdkTransport } from './sdk/sdk-transport.ts';
import { endpointFromOptions } from './signed-http/endpoint.ts';
import { SignedHttpTransport } from './signed-http/signed-http-transport.ts';
import { StoreClock } from './store-clock.ts';
import { storeErrorOf } from './store-error.ts';
import { profileOf, type StoreProfile } from './store-profiles.ts';
import { STORE_SCHEMA } from './store-schema.ts';
import type {
  ArchiveAnswer,
  ArchiveRequest,
  ByteRange,
  HeadRequest,
  ListedObject,
  ListedVersion,
  ListPage,
  ListRequest,
  ObjectBytes,
  ObjectPin,
  StoreOptions,
  UploadAnswer,
  WriteCondition,
} from './store-types.ts';
import type { Transport, TransportFacts } from './transport.ts';
import { isWhole } from './whole-content.ts';

export type * from './store-types.ts';

/** One bucket, with the requests that the stages need. Every method throws StoreError. */
export class Store {
  readonly #options: StoreOptions;
  readonly #facts: TransportFacts & { maxParts: number };
  #capabilities: Capabilities;
  /**
   * URL of the endpoint; undefined for AWS itself. An endpoint that a profile or the environment names is known with
   * the first request.
   */
  #endpointUrl: string | undefined;
  #hot: Promise<Transport> | undefined;
  /** The chosen transport; undefined before the choice. Once it is set, requests need not wait for a promise. */
  #chosen: Transport | undefined;
  #sdk: Promise<SdkTransport> | undefined;
  /** Folder where the embedded endpoint keeps its objects, once it has answered; undefined for every other store. */
  embeddedFolder: string | undefined;
  /** The store's clock, as its last listing showed it. */
  readonly clock = new StoreClock();

  /** @throws BackupError `BAD_OPTION` for an option of a wrong type, and for a proxy or a CA bundle that cannot be used */
  constructor(options: StoreOptions) {
    requireOptions('Store', STORE_SCHEMA, options);
    this.#options = options;
    this.#endpointUrl = options.endpointUrl;
    this.#capabilities = this.#capabilitiesOf(this.profile);
    this.#facts = {
      network: openNetwork(options),
      partSize: options.partSizeBytes ?? DEFAULTS.partSizeBytes,
      maxParts: this.profile.maxParts,
      outage: openOutage(options, async () => (await this.#transport()).probe()),
      clock: this.clock,
      heedsConditionsInParts: () => this.profile.isAws || this.embeddedFolder !== undefined,
      onEmbeddedFolder: (folder) => {
        this.embeddedFolder = folder;
        this.capabilities.conditionsOnPut = 'heeded';
      },
    };
  }

  get bucket(): string {
    return this.#options.bucket;
  }

  /** Name of the endpoint for messages. */
  get endpointName(): string {
    return this.#endpointUrl ?? 'AWS S3';
  }

  /** Facts about the kind of store. */
  get profile(): StoreProfile {
    return profileOf(this.#endpointUrl);
  }

  /** Facts about the store that its answers have shown. */
  get capabilities(): Capabilities {
    return this.#capabilities;
  }

  /** Files up to this many bytes are sent in one request. */
  get partSize(): number {
    return this.#facts.partSize;
  }

  /** Most parts of an upload. */
  get maxParts(): number {
    return this.#facts.maxParts;
  }

  /** Part size used for a file of `size` bytes. */
  partSizeFor(size: number): number {
    return partSizeFor(size, this.#facts.partSize, this.#facts.maxParts);
  }

  /** Checksum algorithm that objects are stored with; undefined for none. */
  get checksum(): ChecksumAlgorithm | undefined {
    return this.capabilities.digests.checksum;
  }

  /** Whether the checksum was requested by its name, and so serves as the proof. */
  get asksChecksum(): boolean {
    const { checksum = DEFAULTS.checksum } = this.#options;
    return checksum !== 'auto' && checksum !== 'md5';
  }

  /**
   * Uploads one file: with one PutObject if it was read whole, else with a multipart upload that reads it on the way.
   *
   * @param condition Condition on the key; if it does not hold the upload fails with `PreconditionFailed`. A store that
   * does not support conditions overwrites the object.
   */
  async upload(
    key: string,
    content: SourceContent | StreamContent,
    condition: WriteCondition = {},
  ): Promise<UploadAnswer> {
    const transport = this.#chosen ?? (await this.#transport());
    if (this.#options.object?.retentionSeconds !== undefined) await this.#requireClock(key);
    const answer =
      content instanceof StreamContent && !isWhole(content)
        ? await this.#uploadStream(transport, key, content, condition)
        : await this.capabilities.write(condition, (terms) => transport.upload(key, content, terms));
    if (!isSameEtag(answer.etag, answer.partsEtag ?? content.md5)) this.capabilities.onOpaqueEtag();
    return answer;
  }

  /**
   * Writes a few bytes if a condition on the key holds. Unlike `upload`, it never writes without the condition.
   *
   * @throws StoreError `PreconditionFailed` if the condition does not hold; `NoSuchKey` if it names an object that is gone
   */
  async writeIf(key: string, bytes: Buffer, condition: WriteCondition): Promise<UploadAnswer> {
    const transport = this.#chosen ?? (await this.#transport());
    const terms = { ...this.capabilities.digests, condition, wanted: condition };
    return transport.upload(key, await StreamContent.of(bytes), terms);
  }

  /** Uploads a stream in parts. It cannot be read twice, so only headers that the store is known to accept are sent. */
  async #uploadStream(
    transport: Transport,
    key: string,
    content: StreamContent,
    condition: WriteCondition,
  ): Promise<UploadAnswer> {
    const { uploadStream } = await import('./multipart/upload-stream.ts');
    const heedsCondition = this.#facts.heedsConditionsInParts();
    const terms = {
      ...this.capabilities.digests,
      condition: heedsCondition ? condition : {},
      wanted: condition,
    };
    const { expectedSize = 0, memoryBytes } = content.limits;
    return uploadStream(transport.partRequests(key, content.identity, terms), content, {
      terms,
      heedsCondition,
      partSize: this.partSizeFor(expectedSize),
      maxParts: this.maxParts,
      needsEqualParts: this.profile.needsEqualParts,
      memoryBytes,
      completion: completionOf(this.#options),
    });
  }

  /**
   * Makes sure that a lock ends at the intended time: S3 compares its end with the store's clock.
   *
   * @throws StoreError `RequestTimeTooSkewed` if the local clock is off by minutes, since other stored times would be wrong,
   * too
   */
  async #requireClock(key: string): Promise<void> {
    const { clock } = this;
    if (!clock.isKnown) await this.listPage({ prefix: key, maxKeys: 1 });
    if (!clock.isSkewed) return;
    const seconds = Math.round(Math.abs(clock.aheadMs) / 1_000);
    const text = `the clock is ${seconds} s ${clock.aheadMs > 0 ? 'behind' : 'ahead of'} the store's; nothing is stored with a lock by such a clock`;
    throw storeErrorOf({ operation: 'PutObject', code: 'RequestTimeTooSkewed', text });
  }

  /**
   * Whether ETags are known to be MD5s of single bodies, unless an object is encrypted with KMS or a customer's key. If
   * that is not known, they can still be MD5s.
   */
  get etagsAreMd5(): boolean {
    return this.profile.isAws && !isDirectoryBucket(this.bucket);
  }

  /** Whether listings are known to show no deleted object. */
  get listsConsistently(): boolean {
    return this.profile.listsConsistently || this.embeddedFolder !== undefined;
  }

  /**
   * Looks up an object: its newest version if none is named; `size` is the size of the part if one is named. An older
   * object may lack the customer's key; S3 shows it only to requests without a key.
   */
  async head(request: HeadRequest): Promise<ObjectState> {
    return headWithSize(await this.#transport(), request, this.capabilities, this.#sendsKey);
  }

  /**
   * Reads an object, or a range of it, into memory: at most 16 MiB. With an ETag it reads that write of the object or
   * fails with `PreconditionFailed`. An answer that breaks off, or holds other bytes, is requested again.
   *
   * @param receiver Takes the bytes as they arrive, or all at once: bytes of the requested write and range only. If they are
   * requested again, they come from offset 0 again.
   * @param onReceived Called with the number of bytes as they arrive, or as the bandwidth limit lets them pass. Bytes that are
   * requested again count again. Only with a receiver.
   */
  async read(
    pin: ObjectPin,
    range?: ByteRange,
    receiver?: BodyReceiver,
    onReceived?: (bytes: number) => void,
  ): Promise<ObjectBytes> {
    const transport = this.#chosen ?? (await this.#transport());
    const { bandwidth } = this.#facts.network;
    const isLimited = bandwidth?.isLimited ?? false;
    const taker = receiver && onReceived && !isLimited ? countedReceiver(receiver, onReceived) : receiver;
    const object = await readWithFallback(transport, pin, range, this.#sendsKey, taker);
    await bandwidth?.delayRead(object.length, isLimited ? onReceived : undefined);
    return object;
  }

  get #sendsKey(): boolean {
    return this.#options.object?.customerKey !== undefined;
  }

  /**
   * Reads an object back and hashes it. With an ETag it reads that write of the object only.
   *
   * @param layout Sizes of the parts that the digest is made of; undefined for the MD5 of the whole object.
   * @param maxBytes Reading ends if the object has more bytes. Default: no limit.
   * @throws StoreError
   */
  download(
    pin: ObjectPin,
    layout: PartLayout | undefined,
    maxBytes = Number.MAX_SAFE_INTEGER - 1,
  ): Promise<HashedObject> {
    return hashObject((range, receiver) => this.read(pin, range, receiver), layout, maxBytes);
  }

  /**
   * Whether a listing is in the order of keys and can begin after any key. If not, a page does not show which keys are absent.
   */
  get listsInOrder(): boolean {
    return this.capabilities.listsInOrder;
  }

  /** Lists one page of at most 1,000 objects, in the order of the keys' UTF-8 bytes if `listsInOrder`. */
  async listPage(request: ListRequest): Promise<ListPage> {
    const askedAt = Date.now();
    const page = await (await this.#transport()).listPage(request);
    if (page.answeredAt !== undefined) this.clock.note(page.answeredAt, askedAt);
    return page;
  }

  /**
   * Lists every object whose key begins with a prefix, a page at a time.
   *
   * @param range Range of the keys, without the prefix. Default: all.
   */
  list(prefix: string, range?: KeyRange): AsyncGenerator<ListedObject, void> {
    return listObjects(this, prefix, range);
  }

  /**
   * Lists every version and delete marker below a prefix; those of one key follow each other.
   *
   * @param range Range of the keys, without the prefix. Only its pages are requested, if the store lists in order. Default: all.
   */
  async *listVersions(prefix: string, range: KeyRange = {}): AsyncGenerator<ListedVersion, void> {
    const requested = this.capabilities.listsInOrder ? range : {};
    for await (const version of (await this.#wholeSdk()).listVersions(prefix, requested))
      if (holdsKey(range, version.key.slice(prefix.length))) yield version;
  }

  /** Requests that an archived object be made readable, and does not wait for it. */
  async requestArchived(pin: ObjectPin, request: ArchiveRequest): Promise<ArchiveAnswer> {
    return (await this.#wholeSdk()).requestArchived(pin, request);
  }

  /** Lists unfinished uploads of keys that begin with the prefix, a page at a time. */
  async *unfinishedUploads(prefix: string): AsyncGenerator<UploadsPage, void> {
    yield* uploadsPages((await this.#transport()).unfinished, prefix);
  }

  /** Lists the parts of an unfinished upload, a page at a time. */
  async *partsOf(upload: UploadPin): AsyncGenerator<PartsPage, void> {
    yield* partsPages((await this.#transport()).unfinished, upload);
  }

  /** Aborts an unfinished upload, which removes its parts. */
  async abortUpload(upload: UploadPin): Promise<void> {
    return (await this.#wholeSdk()).abortUpload(upload);
  }

  /**
   * Reads the bucket's lifecycle rules that abort unfinished uploads, for any keys. As S3 does, it fails if the bucket
   * has no rules at all.
   */
  async abortRules(): Promise<AbortRule[]> {
    return (await this.#wholeSdk()).abortRules();
  }

  /** Names of the sources in which the SDK found credentials. Sends nothing to the store. */
  async credentialSources(): Promise<string[]> {
    return (await this.#wholeSdk()).credentialSources();
  }

  /**
   * Writes a small object, looks it up and removes it again, to find out the facts about the store.
   *
   * @param stopping Signal whose abort skips the remaining requests, but not the removal.
   * @returns undefined if the bucket locks every object, so that nothing was written
   */
  async probeWrite(key: string, stopping?: AbortSignal): Promise<Probe | undefined> {
    const sdk = await this.#wholeSdk();
    const requests: ProbeRequests = {
      putBare: (bytes) => sdk.putBytes(key, bytes, { md5: false, checksum: undefined, condition: {} }),
      put: (bytes, condition) =>
        this.capabilities.write(condition, (terms) => sdk.putBytes(key, bytes, terms)),
      remove: (pin) => sdk.remove(pin),
    };
    return probeStore(key, this, requests, stopping);
  }

  /** Removes an object, or a version of one. Only for objects that the program has stored for its own use. */
  async remove(pin: ObjectPin): Promise<void> {
    return (await this.#wholeSdk()).remove(pin);
  }

  /** Finds out which store it is if a profile names it, as the first request does. Sends nothing. */
  async locate(): Promise<void> {
    await this.#transport();
  }

  /** Closes every connection. */
  close(): void {
    this.#facts.network.bandwidth?.close();
    for (const transport of [this.#hot, this.#sdk]) {
      transport?.then(
        (made) => made.close(),
        () => undefined,
      );
    }
  }

  async #transport(): Promise<Transport> {
    this.#hot ??= this.#chooseTransport();
    this.#chosen = await this.#hot;
    return this.#chosen;
  }

  async #chooseTransport(): Promise<Transport> {
    const isSdk = this.#options.transport === 'sdk';
    if (isSdk && this.#options.endpointUrl !== undefined) return this.#wholeSdk();
    const given = isSdk ? undefined : endpointFromOptions(this.#options);
    const endpoint = given ?? (await (await this.#wholeSdk()).endpoint());
    if (endpoint?.foundUrl !== undefined) this.#meet(endpoint.foundUrl);
    return endpoint && !isSdk
      ? new SignedHttpTransport(endpoint, this.#options, this.#facts)
      : this.#wholeSdk();
  }

  /** Takes over the profile of the store at this endpoint, which was assumed to be AWS. */
  #meet(endpointUrl: string): void {
    this.#endpointUrl = endpointUrl;
    this.#capabilities = this.#capabilitiesOf(this.profile);
    this.#facts.maxParts = this.profile.maxParts;
  }

  #capabilitiesOf({ isAws, listsInOrder }: StoreProfile): Capabilities {
    const digests = digestsFor(this.#options, isAws);
    const { checksum = DEFAULTS.checksum } = this.#options;
    const capabilities = new Capabilities(digests, isAws || this.asksChecksum, checksum !== 'auto');
    capabilities.listsInOrder = listsInOrder && !isDirectoryBucket(this.bucket);
    if (isAws) capabilities.conditionsOnPut = 'heeded';
    return capabilities;
  }

  /** The SDK transport. It is loaded only if it is needed, since loading it is slow (docs/performance.md). */
  #wholeSdk(): Promise<SdkTransport> {
    this.#sdk ??= import('./sdk/sdk-transport.ts').then(
      ({ SdkTransport }) => new SdkTransport(this.#options, this.#facts),
    );
    return this.#sdk;
  }
}
