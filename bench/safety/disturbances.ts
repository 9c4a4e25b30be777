import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultAction, Operation, S3Server } from '../../src/s3-server/index.ts';

const SENDS: readonly Operation[] = ['PutObject', 'UploadPart'];
const STORES: readonly Operation[] = ['PutObject', 'CompleteMultipartUpload'];
const READS: readonly Operation[] = [
  'HeadObject',
  'GetObject',
  'GetObjectAttributes',
  'ListObjects',
  'ListObjectsV2',
];

/** `false`: it could not be done any more. */
type Act = () => void | false | Promise<void>;

/** What goes wrong at which moment of a run, seen from the endpoint: the only place where all tools look alike. */
export class Disturbances {
  readonly #server: S3Server;
  readonly #keyOf: (name: string) => string;
  /** Planned, and not come to pass. */
  readonly waiting = new Set<string>();
  /** What an act threw, which is the bench's own fault. */
  failure: unknown;
  #ended = false;

  constructor(server: S3Server, keyOf: (name: string) => string) {
    this.#server = server;
    this.#keyOf = keyOf;
  }

  /** Something goes wrong with the sending of a file: at its PUT, or at its parts or their completion. */
  fault(name: string, action: FaultAction, times = 1): void {
    const operation: Operation[] = [...SENDS, 'CompleteMultipartUpload'];
    this.#server.faults.plan({ operation, key: this.#keyOf(name), times, do: action });
  }

  /**
   * Does something once, when more than so many bytes of a file have arrived: what has arrived, the tool has read. The
   * answer is still out as long as much is to come: the endpoint is in this process, and looked at at every turn of the
   * event loop.
   */
  whileSending(name: string, act: Act, afterBytes = 0): void {
    const key = this.#keyOf(name);
    const once = this.once(`while ${name} is sent`, act);
    this.#watch(key, () => this.#bytesArrived(key) > afterBytes, once);
  }

  /** Does something once, when a file is stored, and before anybody is told what is stored. */
  afterStored(name: string, act: Act): void {
    const key = this.#keyOf(name);
    const once = this.once(`after ${name} was stored`, act);
    const isStored = () =>
      this.#server.requests.of(...STORES).some((request) => request.key === key && request.status === 200);
    this.#watch(key, isStored, once);
    const run = async () => {
      // The record is complete only after the answer has left.
      await sleep(20);
      if (isStored()) await once();
    };
    this.#server.faults.plan({
      operation: READS,
      times: Number.POSITIVE_INFINITY,
      do: { kind: 'call', run },
    });
  }

  /** Looks at every turn of the event loop, from a file's first bytes on. */
  #watch(key: string, isTime: () => boolean, once: () => Promise<void>): void {
    const watch = () => {
      if (isTime()) void once();
      else if (!this.#ended) setImmediate(watch);
    };
    this.#server.faults.plan({ operation: SENDS, key, do: { kind: 'call', run: watch } });
  }

  #bytesArrived(key: string): number {
    const requests = this.#server.requests.of(...SENDS).filter((request) => request.key === key);
    return requests.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
  }

  /** Every call gets the promise of the one act. */
  once(what: string, act: Act): () => Promise<void> {
    let done: Promise<void> | undefined;
    this.waiting.add(what);
    const run = async () => {
      if ((await act()) !== false) this.waiting.delete(what);
    };
    return () => {
      done ??= run().catch((error: unknown) => {
        this.failure = error;
      });
      return done;
    };
  }

  end(): void {
    this.#ended = true;
  }
}
