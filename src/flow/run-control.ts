import { setMaxListeners } from 'node:events';
import { type BackupError, isLimit } from '../core/errors.ts';

/** How long requests in flight may go on after a stop, in milliseconds. */
const GRACE_MS = 5_000;

/**
 * Ends a run early but in order. After `stop` nothing new is begun; requests in flight have five seconds to finish and
 * are then aborted; every item still reaches the report. `fail` does the same if the destination is lost, or if the run
 * reaches a limit. If that is the limit on bytes, requests in flight have all the time they need: their bytes are within it.
 */
export class RunControl {
  readonly #stopping = new AbortController();
  readonly #aborting = new AbortController();
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.stop();
  #failure: BackupError | undefined;
  #limit: BackupError | undefined;
  #grace: NodeJS.Timeout | undefined;

  /** @param signal Its abort stops the run. */
  constructor(signal?: AbortSignal) {
    // Every request in flight listens; Node.js would warn at the eleventh.
    setMaxListeners(0, this.stopping, this.aborting);
    this.#signal = signal;
    if (signal?.aborted) this.stop();
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Aborted when nothing new may be begun. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Aborted when requests in flight must end. */
  get aborting(): AbortSignal {
    return this.#aborting.signal;
  }

  /** The error that ended the whole run: a failure, or else the limit that was reached; undefined if there is none. */
  get failure(): BackupError | undefined {
    return this.#failure ?? this.#limit;
  }

  stop(): void {
    this.#stopping.abort();
    this.#grace ??= setTimeout(() => this.#aborting.abort(), GRACE_MS).unref();
  }

  /** Stops the run and aborts requests in flight immediately. */
  abort(): void {
    this.stop();
    this.#aborting.abort();
  }

  /**
   * Ends the run because of something that no further file can do without, or because a limit is reached. The first failure is
   * kept, and a failure counts more than a limit.
   */
  fail(error: BackupError): void {
    if (isLimit(error)) this.#limit ??= error;
    else this.#failure ??= error;
    if (error.code === 'MAX_TRANSFER') this.#stopping.abort();
    else this.stop();
  }

  /** Why a file was not worked on, once the run is stopping. */
  get reason(): { code: 'RUN_FAILED' | 'INTERRUPTED'; reason: string } {
    if (this.#failure) return { code: 'RUN_FAILED', reason: `the run ended early: ${this.#failure.message}` };
    const why = this.#limit
      ? `the run ended before this file was done: ${this.#limit.message}`
      : 'the run was stopped before this file was done';
    return { code: 'INTERRUPTED', reason: why };
  }

  /** Removes the listener from the signal, which may serve many runs. */
  close(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    clearTimeout(this.#grace);
  }
}
