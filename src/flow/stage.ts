import { Duplex } from 'node:stream';
import type { TypedDuplex } from 'stream-chain/typed-streams.js';
import type { Limit } from './adaptive-limit.ts';
import type { BackupOutcome, Flow, Item, Outcome } from './item.ts';

/** A stage of the pipeline: takes files of type `A` and hands them on as `B`, or settled. */
export type Stage<A, B, E extends Outcome = BackupOutcome> = TypedDuplex<Flow<A, E>, Flow<B, E>>;

type Work<A, B, E extends Outcome> = (file: A) => Promise<Item<B, E>> | Item<B, E>;
type Callback = (error?: Error | null) => void;

/** What a stage does at its end. */
export interface StageEnds {
  /** Runs when no more files come, before the stage waits for those in work: work that waits for more files must go on. */
  readonly onLast?: (() => void) | undefined;
  /** Runs when every file is done, before the stage ends. */
  readonly flush?: (() => Promise<void>) | undefined;
  /** Runs when the stage is destroyed, before it waits for the files in work. */
  readonly hurry?: (() => void) | undefined;
}

/**
 * Works on up to `concurrency` files at once and hands each on as soon as it is done, in any order.
 *
 * - Settled items pass by untouched.
 * - Backpressure: takes nothing new while `concurrency` files are in work or a result waits to be read, so at most
 *   `concurrency` + 2 items are inside.
 * - A `work` that throws is a bug or a lost destination, never one file's trouble: it destroys the stage and so the run.
 * - Destroying waits for the files in work, so that nothing they use is cleaned up before they end.
 *
 * stream-chain runs function stages strictly one at a time; that is why this one exists.
 */
class ConcurrentStage<A, B, E extends Outcome> extends Duplex {
  readonly #concurrency: Limit;
  readonly #work: Work<A, B, E>;
  readonly #ends: StageEnds;
  #running = 0;
  #readable = true;
  #next: Callback | undefined;
  #idle: Callback | undefined;

  constructor(concurrency: Limit, work: Work<A, B, E>, ends: StageEnds) {
    super({ objectMode: true, readableHighWaterMark: 1, writableHighWaterMark: 1 });
    this.#concurrency = concurrency;
    this.#work = work;
    this.#ends = ends;
  }

  override _write(item: Item<A, E>, _encoding: BufferEncoding, next: Callback): void {
    this.#next = next;
    const result = item.settled ? item : this.#begin(item.file);
    // Work that returns no promise is handled without one: a promise costs as much as the work of some stages.
    if (result instanceof Promise) this.#finish(result);
    else this.#emit(result);
    this.#takeNext();
  }

  #begin(file: A): Promise<Item<B, E>> | Item<B, E> {
    try {
      return this.#work(file);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #finish(result: Promise<Item<B, E>>): Promise<void> {
    let failure: Error | undefined;
    this.#count(1);
    try {
      this.#emit(await result);
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
    this.#count(-1);
    if (failure) this.destroy(failure);
    else this.#takeNext();
    if (this.#running === 0) this.#idle?.();
  }

  #count(more: 1 | -1): void {
    this.#running += more;
    this.#concurrency.onInWork?.(this.#running);
  }

  #emit(item: Item<B, E>): void {
    if (!this.destroyed) this.#readable = this.push(item);
  }

  #takeNext(): void {
    if (!this.#readable || this.#running >= this.#concurrency.current) return;
    const next = this.#next;
    this.#next = undefined;
    next?.();
  }

  override _read(): void {
    this.#readable = true;
    this.#takeNext();
  }

  #whenIdle(then: () => void): void {
    if (this.#running === 0) then();
    else this.#idle = then;
  }

  override _final(done: Callback): void {
    this.#ends.onLast?.();
    this.#whenIdle(() => {
      if (this.destroyed) return;
      Promise.resolve(this.#ends.flush?.()).then(() => {
        this.push(null);
        done();
      }, done);
    });
  }

  override _destroy(error: Error | null, done: Callback): void {
    this.#ends.hurry?.();
    this.#whenIdle(() => done(error));
  }
}

/**
 * Makes a stage from the work on one file.
 *
 * @param concurrency Files in work at once; 1 keeps the order. A limit may change meanwhile.
 * @param work Returns the file one step further (`pass(...)`) or settled (`settle(...)`).
 */
export function stage<A, B, E extends Outcome = BackupOutcome>(
  concurrency: number | Limit,
  work: Work<A, B, E>,
  ends: StageEnds = {},
): Stage<A, B, E> {
  const limit = typeof concurrency === 'number' ? { current: concurrency } : concurrency;
  return new ConcurrentStage(limit, work, ends) as unknown as Stage<A, B, E>;
}
