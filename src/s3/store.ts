import { createHash } from 'node:crypto';
import type { ChecksumAlgorithm } from '../checksum/checksum.ts';
import type { SourceContent } from '../source/content.ts';
import { Capabilities } from './capabilities.ts';
import { digestsFor } from './digests.ts';
import { DIRECTORY_BUCKET } from './directory-bucket.ts';
import { endpointFromOptions } from './lean/endpoint.ts';
import { LeanTransport } from './lean/lean-transport.ts';
import { PartsDigest, partSizeFor } from './parts.ts';
import { type Probe, probeStore } from './probe.ts';
import type { ObjectState } from './proof.ts';
import type { SdkTransport } from './sdk/sdk-transport.ts';
import { profileOf } from './store-profiles.ts';
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

/** One bucket, and the few things that the stages ask of it. Every method throws StoreError. */
export class Store {
  readonly #options: StoreOptions;
  readonly #facts: TransportFacts;
  /** What it has been found to know. */
  readonly capabilities: Capabilities;
  #hot: Promise<Transport> | undefined;
  /** The transport once it is chosen: the hot loop does not wait for a promise then. */
  #chosen: Transport | undefined;
  #sdk: Promise<SdkTransport> | undefined;
  /** Where the embedded endpoint keeps its objects, once it has answered; undefined for every other store. */
  embeddedFolder: string | undefined;

  constructor(options: StoreOptions) {
    this.#options = options;
    const { isAws, maxParts, listsInOrder } = profileOf(options.endpointUrl);
    this.capabilities = new Capabilities(digestsFor(options, isAws), isAws || this.asksChecksum);
    // Directory buckets do not: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-differences.html
    this.capabilities.listsInOrder = listsInOrder && !DIRECTORY_BUCKET.test(options.bucket);
    this.#facts = {
      partSize: options.partSizeBytes ?? 8 * 1024 * 1024,
      maxParts,
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

  /** Of the parts in which a file of so many bytes goes up. */
  partSizeFor(size: number): number {
    return partSizeFor(size, this.#facts.partSize, this.#facts.maxParts);
  }

  /** What objects are stored with. */
  get checksum(): ChecksumAlgorithm | undefined {
    return this.capabilities.digests.checksum;
  }

  /** Whether that was asked for by its name, and so is to be the proof. */
  get asksChecksum(): boolean {
    const { checksum = 'auto' } = this.#options;
    return checksum !== 'auto' && checksum !== 'md5';
  }

  /**
   * Uploads one file: one PutObject where it was read whole, else a multipart upload that reads it on the way.
   *
   * @param condition What must be under the key; else it fails with `PreconditionFailed`. Where the store knows no conditions
   * it is written over.
   */
  async upload(key: string, content: SourceContent, condition: WriteCondition = {}): Promise<UploadAnswer> {
    const transport = this.#chosen ?? (await this.#transport());
    return this.capabilities.write(condition, (terms) => transport.upload(key, content, terms));
  }

  /** What S3 says of an object: of its newest version, where none is named. */
  async head(pin: ObjectPin): Promise<ObjectState> {
    const transport = await this.#transport();
    return this.capabilities.head((withChecksums) => transport.head(pin, withChecksums));
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
    for await (const chunk of (await this.#wholeSdk()).read(pin)) {
      (parts ?? whole).update(chunk);
      size += chunk.length;
    }
    return { size, digest: parts ? parts.etag() : whole.digest('hex') };
  }

  /** One page of at most 1,000 objects, in the order of the keys' UTF-8 bytes. */
  async listPage(request: ListRequest): Promise<ListPage> {
    return (await this.#transport()).listPage(request);
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
    return (await this.#wholeSdk()).credentialSources();
  }

  /** Writes a small object, looks at it and removes it again, to find out what the store knows. */
  async probeWrite(key: string): Promise<Probe> {
    const sdk = await this.#wholeSdk();
    return probeStore(key, this, {
      put: async (bytes, condition) => {
        let server: string | undefined;
        const { etag, versionId } = await this.capabilities.write(condition, async (terms) => {
          const answer = await sdk.putBytes(key, bytes, terms);
          server = answer.server;
          return answer;
        });
        return { key, etag, versionId, server };
      },
      remove: (pin) => sdk.remove(pin),
    });
  }

  /** Closes every connection. */
  close(): void {
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

  /** Loaded where it is needed only: it takes 100 ms of CPU and 20 MB. */
  #wholeSdk(): Promise<SdkTransport> {
    this.#sdk ??= import('./sdk/sdk-transport.ts').then(
      ({ SdkTransport }) => new SdkTransport(this.#options, this.#facts),
    );
    return this.#sdk;
  }
}
