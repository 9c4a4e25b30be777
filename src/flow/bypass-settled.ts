import { type TransformCallback as Callback, Duplex, finished } from 'node:stream';
import type chain from 'stream-chain';
import type { Flow, Item } from './item.ts';
import type { Stage } from './stage.ts';

/** Stages that take open items and yield settled ones, as `chain` makes them. */
export type Stages<A> = chain.ChainOutput<Flow<A>, Flow<never>>;

/** Wraps stages that hand settled items on unchanged, and spares these items the streams between the stages. */
class SettledBypass extends Duplex {
  readonly #stages: Duplex;
  #next: Callback | undefined;

  constructor(stages: Duplex) {
    super({ objectMode: true });
    this.#stages = stages;
    stages.on('data', (item) => {
      if (!this.push(item)) stages.pause();
    });
    finished(stages, (error) => {
      if (error) this.destroy(error);
      else this.push(null);
    });
  }

  override _write(item: Item<unknown>, _encoding: BufferEncoding, next: Callback): void {
    if (!item.settled) {
      if (this.#stages.write(item)) next();
      else this.#stages.once('drain', next);
    } else if (this.push(item)) next();
    else this.#next = next;
  }

  override _read(): void {
    this.#stages.resume();
    const next = this.#next;
    this.#next = undefined;
    next?.();
  }

  override _final(done: Callback): void {
    this.#stages.end(done);
  }

  override _destroy(error: Error | null, done: Callback): void {
    this.#stages.destroy();
    done(error);
  }
}

/**
 * Gives stages the open items only. Settled items bypass them and may overtake open ones.
 *
 * - Out: what the stages have settled, and what had been settled before, each as soon as it comes.
 * - Backpressure: waits for the stages, and for the reader. Fails if they fail.
 */
export function bypassSettled<A>(stages: Stages<A>): Stage<A, never> {
  return new SettledBypass(stages) as unknown as Stage<A, never>;
}
