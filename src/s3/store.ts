import { createHash } from 'node:crypto';
import { openNetwork } from '../http/network.ts';
import type { SourceContent } from '../source/content.ts';
import { isDirectoryBucket } from './directory-bucket.ts';
import { endpointFromOptions } from './lean/endpoint.ts';
import { LeanTransport } from './lean/lean-transport.ts';
import type { AbortRule } from './lifecycle.ts';
import {
  type PartsPage,
  partsPages,
  type UploadPin,
  type UploadsPage,
  uploadsPages,
} from './multipart/unfinished-uploads.ts';
import { Outage } from './outage.ts';
import { PartsDigest } from './parts.ts';
import type { ObjectState } from './proof.ts';
import type { SdkTransport } from './sdk/sdk-transport.ts';
import { StoreError } from './store-error.ts';
import type {
  ListedObject,
  ListPage,
  ListRequest,
  ObjectPin,
  StoreOptions,
  UploadAnswer,
  WriteCondition,
} from './store-types.ts';
import type { Transport, TransportFacts } from './transport.ts';

export type * from './store-types.ts';

/** Where a fifth of all requests fails, five in a row are one in 3,000: to ask the endpoint then costs little. */
const LIKELY_AFTER = 5;

/** One bucket, and the few things that the stages ask of it. Every method throws StoreError. */
export class Store {
  readonly #options: StoreOptions;
  readonly #facts: TransportFacts;
  #hot: Promise<Transport> | undefined;
  /** The transport once it is chosen: the hot loop does not wait for a promise then. */
  #chosen: Transport | undefined;
  #sdk: Promise<SdkTransport> | undefined;
  /** Where the embedded endpoint keeps its objects, once it has answered; undefined for every other store. */
  embeddedFolder: string | undefined;

  /** @throws BackupError `BAD_OPTION` for a proxy or a CA bundle that cannot be used */
  constructor(options: StoreOptions) {
    this.#options = options;
    const { serverSideEncryption = 'AES256', customerKey } = options.object ?? {};
    const hasMd5Etags =
      serverSideEncryption === 'AES256' && customerKey === undefined && !isDirectoryBucket(options.bucket);
    this.#facts = {
      network: openNetwork(options),
      partSize: options.partSizeBytes ?? 8 * 1024 * 1024,
      outage: this.#outageOf(options),
      // AWS stores the checksum and reports it where the ETag is no MD5 (SSE-KMS, also as a bucket's default). Other
      // stores refuse it beside Content-MD5 or ignore it, so they get it only where the ETag cannot serve.
      sendsCrc32: options.endpointUrl === undefined || !hasMd5Etags,
      onEmbeddedFolder: (folder) => {
        this.embeddedFolder = folder;
      },
    };
  }

  get bucket(): string {
    return this.#options.bucket;
  }

  /** Files up to this many bytes go up in one request. */
  get partSize(): number {
    return this.#facts.partSize;
  }

  /**
   * Uploads one file: one PutObject where it was read whole, else a multipart upload that reads it on the way.
   *
   * @param condition What must be under the key; else it fails with `PreconditionFailed`.
   */
  async upload(key: string, content: SourceContent, condition: WriteCondition = {}): Promise<UploadAnswer> {
    return (this.#chosen ?? (await this.#transport())).upload(key, content, condition);
  }

  /**
   * What S3 says of an object: of its newest version, where none is named. One that no customer's key encrypts may be there
   * from before; S3 shows it only to who sends none.
   */
  async head(pin: ObjectPin): Promise<ObjectState> {
    const transport = await this.#transport();
    try {
      return await transport.head(pin);
    } catch (error) {
      const sentKey = this.#options.object?.customerKey !== undefined;
      if (!sentKey || !(error instanceof StoreError) || error.status !== 400) throw error;
      return transport.head(pin, false);
    }
  }

  /**
   * Reads an object back and hashes it.
   *
   * @param partSize Of the parts that the digest is made of, in bytes; undefined for the MD5 of the whole.
   */
  async download(pin: ObjectPin, partSize: number | undefined): Promise<{ size: number; digest: string }> {
    const whole = createHash('md5');
    const parts = partSize === undefined ? undefined : new PartsDigest(partSize);
    let size = 0;
    for await (const chunk of this.read(pin)) {
      (parts ?? whole).update(chunk);
      size += chunk.length;
    }
    return { size, digest: parts ? parts.etag() : whole.digest('hex') };
  }

  /** Reads an object, a piece at a time; of its newest version, where none is named. */
  async *read(pin: ObjectPin): AsyncGenerator<Uint8Array, void> {
    yield* (await this.#wholeSdk()).read(pin);
  }

  /** Whether a listing is in the order of keys and can begin after any of them: else it answers for no key. */
  get listsInOrder(): boolean {
    return !isDirectoryBucket(this.bucket);
  }

  /** One page of at most 1,000 objects, in the order of the keys' UTF-8 bytes where `listsInOrder`. */
  async listPage(request: ListRequest): Promise<ListPage> {
    return (await this.#transport()).listPage(request);
  }

  /** Every object whose key begins with a prefix, a page at a time. */
  async *list(prefix: string): AsyncGenerator<ListedObject, void> {
    if (!this.listsInOrder) {
      yield* this.#listUnordered(prefix);
      return;
    }
    for (let startAfter = '', more = true; more; ) {
      const { objects, truncated } = await this.listPage({ prefix, startAfter });
      yield* objects;
      startAfter = objects.at(-1)?.key ?? '';
      more = truncated;
    }
  }

  /** A directory bucket lists whole folders only, and goes on where a token says. */
  async *#listUnordered(prefix: string): AsyncGenerator<ListedObject, void> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    for (
      let continuationToken: string | undefined, more = true;
      more;
      more = continuationToken !== undefined
    ) {
      const { objects, next } = await this.listPage({ prefix: folder, continuationToken });
      yield* objects.filter(({ key }) => key.startsWith(prefix));
      continuationToken = next;
    }
  }

  /** Uploads in parts that were neither completed nor aborted, of keys that begin with the prefix: a page at a time. */
  async *unfinishedUploads(prefix: string): AsyncGenerator<UploadsPage, void> {
    yield* uploadsPages((await this.#transport()).unfinished, prefix);
  }

  /** The parts of one, a page at a time. */
  async *partsOf(upload: UploadPin): AsyncGenerator<PartsPage, void> {
    yield* partsPages((await this.#transport()).unfinished, upload);
  }

  /** Removes the parts of one. */
  async abortUpload(upload: UploadPin): Promise<void> {
    return (await this.#wholeSdk()).abortUpload(upload);
  }

  /**
   * The bucket's lifecycle rules that abort unfinished uploads, whatever they are about; an error where it has no rules at
   * all, as S3 has it.
   */
  async abortRules(): Promise<AbortRule[]> {
    return (await this.#wholeSdk()).abortRules();
  }

  /** Where the SDK found credentials: the names of its sources. Asks nothing of the store. */
  async credentialSources(): Promise<string[]> {
    return (await this.#wholeSdk()).credentialSources();
  }

  /**
   * Writes an empty object and removes it again, its version included where there is one.
   *
   * @returns false where the bucket locks all that is written, so that nothing was
   */
  async probeWrite(key: string): Promise<boolean> {
    return (await this.#wholeSdk()).probeWrite(key);
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
    if (this.#options.transport === 'sdk') return this.#wholeSdk();
    const endpoint = endpointFromOptions(this.#options) ?? (await (await this.#wholeSdk()).endpoint());
    return endpoint ? new LeanTransport(endpoint, this.#options, this.#facts) : this.#wholeSdk();
  }

  #outageOf(options: StoreOptions): Outage | undefined {
    const { maxOutageSeconds = 0, maxAttempts = 5, signal, onOutage: onChange, isReached } = options;
    if (maxOutageSeconds === 0) return undefined;
    const outage = new Outage({
      longestMs: maxOutageSeconds * 1000,
      likelyAfter: Math.min(maxAttempts, LIKELY_AFTER),
      probe: async () => (await this.#transport()).probe(),
      signal,
      onChange,
    });
    if (isReached) outage.onAnswer();
    return outage;
  }

  /** Loaded where it is needed only: it takes 100 ms of CPU and 20 MB. */
  #wholeSdk(): Promise<SdkTransport> {
    this.#sdk ??= import('./sdk/sdk-transport.ts').then(
      ({ SdkTransport }) => new SdkTransport(this.#options, this.#facts),
    );
    return this.#sdk;
  }
}
