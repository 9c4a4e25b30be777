import type { BodyReceiver } from '../http/answer-parser.ts';
import type { Network } from '../http/network.ts';
import type { ObjectState } from '../proof/rules/object-state.ts';
import type { SourceContent } from '../source/content.ts';
import type { Identity } from '../source/identity.ts';
import type { WriteTerms } from './capabilities.ts';
import type { PartRequests } from './multipart/part-requests.ts';
import type { UnfinishedUploads } from './multipart/unfinished-uploads.ts';
import type { Outage } from './outage.ts';
import type { StoreClock } from './store-clock.ts';
import type {
  ByteRange,
  HeadRequest,
  ListPage,
  ListRequest,
  ObjectBytes,
  ObjectPin,
  UploadAnswer,
} from './store-types.ts';
import type { WholeContent } from './whole-content.ts';

/**
 * The requests that a run sends for every file, or for every thousand files. There are two transports: the SDK, which knows
 * all of S3, and signed-http, which costs less CPU and memory and serves plain S3. Both send the same requests. Every method
 * throws StoreError.
 */
export interface Transport {
  /** Uploads one file: in one request if it was read whole, else in parts that are read on the way. */
  upload(key: string, content: SourceContent | WholeContent, terms: WriteTerms): Promise<UploadAnswer>;
  /** The requests of one object that is sent in parts. @param identity Describes the file in the object's metadata. */
  partRequests(key: string, identity: Identity, terms: WriteTerms): PartRequests;
  /** Looks up an object: its newest version if none is named; `size` is the size of the part if one is named. */
  head(request: HeadRequest, options?: HeadOptions): Promise<ObjectState>;
  /**
   * Reads an object, or a range of it, of at most 16 MiB. With an ETag it reads only that write of the object.
   */
  read(pin: ObjectPin, range?: ByteRange, options?: ReadOptions): Promise<ObjectBytes>;
  /** Lists one page of at most 1,000 objects, in the order of the keys' UTF-8 bytes. */
  listPage(request: ListRequest): Promise<ListPage>;
  /** Requests about multipart uploads that were neither completed nor aborted. */
  readonly unfinished: UnfinishedUploads;
  /** Asks the endpoint for one entry of a listing, once, over a new connection. Resolves if it answers as S3 does. */
  probe(): Promise<void>;
  /** Closes connections. */
  close(): void;
}

export interface ReadOptions {
  /** Whether the key that encrypts objects is sent, if one is set. Default true. */
  readonly withCustomerKey?: boolean | undefined;
  /** Takes the bytes as they arrive, if the transport can; otherwise they are in the result. Default: none. */
  readonly receiver?: BodyReceiver | undefined;
}

export interface HeadOptions {
  /** Whether the key that encrypts objects is sent, if one is set. Default true. */
  readonly withCustomerKey?: boolean | undefined;
  /** Whether the object's checksums are requested. Default true. */
  readonly withChecksums?: boolean | undefined;
}

/** The collaborators and facts that both transports are made with. */
export interface TransportFacts {
  readonly network: Network;
  /** Files up to this many bytes are sent in one request. */
  readonly partSize: number;
  /** Most parts of an upload. */
  readonly maxParts: number;
  /** Holds requests while the endpoint is away; undefined if they do not wait. */
  readonly outage: Outage | undefined;
  /** The store's clock: objects are locked until a time that it shows. */
  readonly clock: StoreClock;
  /** Whether the store is known to heed conditions when it completes a multipart upload. */
  readonly heedsConditionsInParts: () => boolean;
  /** Called with the folder where the embedded endpoint keeps its objects. */
  readonly onEmbeddedFolder: (folder: string) => void;
}
