import { createHash } from 'node:crypto';
import type { SourceContent } from '../source/content.ts';
import { endpointFromOptions } from './lean/endpoint.ts';
import { LeanTransport } from './lean/lean-transport.ts';
import { PartsDigest } from './parts.ts';
import type { ObjectState } from './proof.ts';
import type { SdkTransport } from './sdk/sdk-transport.ts';
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
  #hot: Promise<Transport> | undefined;
  /** The transport once it is chosen: the hot loop does not wait for a promise then. */
  #chosen: Transport | undefined;
  #sdk: Promise<SdkTransport> | undefined;
  /** Where the embedded endpoint keeps its objects, once it has answered; undefined for every other store. */
  embeddedFolder: string | undefined;

  constructor(options: StoreOptions) {
    this.#options = options;
    const encryption = options.object?.serverSideEncryption ?? 'AES256';
    this.#facts = {
      partSize: options.partSizeBytes ?? 8 * 1024 * 1024,
      // AWS stores the checksum and reports it where the ETag is no MD5 (SSE-KMS, also as a bucket's default). Other
      // stores refuse it beside Content-MD5 or ignore it, so they get it only where the ETag cannot serve.
      sendsCrc32: options.endpointUrl === undefined || encryption !== 'AES256',
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

  /** What S3 says of an object: of its newest version, where none is named. */
  async head(pin: ObjectPin): Promise<ObjectState> {
    return (await this.#transport()).head(pin);
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

  /** Writes an empty object and removes it again, its version included where there is one. */
  async probeWrite(key: string): Promise<void> {
    return (await this.#wholeSdk()).probeWrite(key);
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
