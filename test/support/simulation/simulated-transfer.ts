import type { AdaptiveLimit } from '../../../src/flow/adaptive-limit.ts';
import type { MeterClock } from '../../../src/flow/throughput-meter.ts';
import type { Random } from '../random.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { type Pauses, SimulatedProcessor } from './simulated-processor.ts';

/** A store, the way to it, and this machine. */
export interface SimulatedWorld {
  /** Time of a round trip. */
  readonly latencyMs: number;
  /** Time of this machine's one core for each file. */
  readonly clientMs: number;
  /** Cost of a new connection. Default: nothing. */
  readonly handshake?: { readonly roundTrips: number; readonly clientMs: number };
  /** Time of the store for each file. */
  readonly storeMs?: number;
  /** Files that the store works on at once. Default 1. */
  readonly storeUnits?: number;
  /** By which factor the store is slower with so many requests in it. Default: 1. */
  readonly slowdown?: (requests: number) => number;
  /** Requests in any second above which the store answers SlowDown. Default: no limit. */
  readonly requestsPerSecond?: number;
  readonly clientPauses?: Pauses;
  readonly storePauses?: Pauses;
  /** Files come in batches, which take this machine `clientMs` each, and then a round trip. Default: one by one. */
  readonly batch?: { readonly files: number; readonly clientMs: number };
  /** How the world is from a moment on. */
  readonly later?: { readonly atMs: number; readonly latencyMs: number };
}

/** The part of an adaptive limit that a transfer uses. A fixed number has only `current`. */
export type TransferLimit = Pick<AdaptiveLimit, 'current'> & Partial<AdaptiveLimit>;

/** What a transfer was like. */
export interface TransferResult {
  readonly ms: number;
  readonly connections: number;
  readonly slowDowns: number;
}

const FILE_BYTES = 4_096;
const SECOND_MS = 1_000;

/** Sends `files` files with as many at once as the limit allows. */
export class SimulatedTransfer {
  readonly #world: SimulatedWorld;
  readonly #random: Random;
  readonly #clock = new SimulatedClock();
  readonly #client: SimulatedProcessor;
  readonly #store: SimulatedProcessor;
  readonly #limit: TransferLimit;
  #latencyMs: number;
  #left: number;
  #ready: number;
  #isBatchComing = false;
  #running = 0;
  #done = 0;
  #connections = 0;
  #freeConnections = 0;
  #inStore = 0;
  #slowDowns = 0;
  /** Times of the requests that the store took in the last second. */
  readonly #taken: number[] = [];

  constructor(world: SimulatedWorld, random: Random, limitOf: (clock: MeterClock) => TransferLimit) {
    const { latencyMs, storeUnits = 1, clientPauses, storePauses, batch, later } = world;
    this.#world = world;
    this.#random = random;
    this.#latencyMs = latencyMs;
    this.#client = new SimulatedProcessor(this.#clock, 1, clientPauses, random);
    this.#store = new SimulatedProcessor(this.#clock, storeUnits, storePauses, random);
    this.#limit = limitOf({ now: () => this.#clock.ms, busy: () => this.#client.busyMs });
    this.#left = 0;
    this.#ready = batch ? 0 : Number.POSITIVE_INFINITY;
    if (later)
      this.#clock.after(later.atMs, () => {
        this.#latencyMs = later.latencyMs;
      });
  }

  run(files: number): TransferResult {
    this.#left = files;
    this.#fill();
    while (this.#done < files && this.#clock.step());
    return { ms: this.#clock.ms, connections: this.#connections, slowDowns: this.#slowDowns };
  }

  #fill(): void {
    while (this.#left > 0 && this.#running < this.#limit.current) {
      if (this.#ready === 0) {
        this.#prepare();
        return;
      }
      this.#left -= 1;
      this.#ready -= 1;
      this.#count(1);
      this.#connect(() => this.#request());
    }
  }

  #prepare(): void {
    const { batch } = this.#world;
    if (batch === undefined || this.#isBatchComing) return;
    this.#isBatchComing = true;
    let left = batch.files;
    const next = (): void => {
      left -= 1;
      if (left >= 0) this.#client.work(batch.clientMs, next);
      else
        this.#clock.after(this.#latencyMs, () => {
          this.#ready = batch.files;
          this.#isBatchComing = false;
          this.#fill();
        });
    };
    next();
  }

  #count(more: 1 | -1): void {
    this.#running += more;
    this.#limit.onInWork?.(this.#running);
  }

  #connect(then: () => void): void {
    if (this.#freeConnections > 0) {
      this.#freeConnections -= 1;
      then();
      return;
    }
    this.#connections += 1;
    const { roundTrips, clientMs } = this.#world.handshake ?? { roundTrips: 0, clientMs: 0 };
    const shake = (left: number): void => {
      if (left === 0) then();
      else
        this.#clock.after(this.#latencyMs, () =>
          this.#client.work(clientMs / roundTrips, () => shake(left - 1)),
        );
    };
    shake(roundTrips);
  }

  #request(): void {
    const { clientMs, storeMs = 0, slowdown = () => 1 } = this.#world;
    const way = (then: () => void) => this.#clock.after(this.#latencyMs / 2, then);
    this.#client.work(clientMs / 2, () =>
      way(() => {
        if (this.#isRefused()) {
          way(() => this.#retry());
          return;
        }
        this.#inStore += 1;
        this.#store.work(storeMs * slowdown(this.#inStore), () => {
          this.#inStore -= 1;
          way(() => this.#client.work(clientMs / 2, () => this.#finish()));
        });
      }),
    );
  }

  #isRefused(): boolean {
    const { requestsPerSecond = Number.POSITIVE_INFINITY } = this.#world;
    if (requestsPerSecond === Number.POSITIVE_INFINITY) return false;
    while ((this.#taken[0] ?? this.#clock.ms) <= this.#clock.ms - SECOND_MS) this.#taken.shift();
    if (this.#taken.length >= requestsPerSecond) return true;
    this.#taken.push(this.#clock.ms);
    return false;
  }

  #retry(): void {
    this.#slowDowns += 1;
    this.#limit.onSlowDown?.();
    this.#clock.after(this.#random.between(100, 300), () => this.#request());
  }

  #finish(): void {
    this.#done += 1;
    this.#freeConnections += 1;
    this.#limit.onDone?.(FILE_BYTES);
    this.#count(-1);
    this.#fill();
  }
}
