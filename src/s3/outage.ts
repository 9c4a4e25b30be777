import { setTimeout as sleep } from 'node:timers/promises';
import { NOT_REACHED } from './error-codes.ts';
import { type StoreError, storeErrorOf } from './store-error.ts';

export interface OutageOptions {
  /** Time without an answer after which the endpoint counts as lost, in milliseconds. */
  readonly longestMs: number;
  /** Failures of any requests in a row that make an outage likely. */
  readonly likelyAfter: number;
  /** Asks the endpoint once, over a new connection. Rejects with a StoreError if it does not answer as S3 does. */
  readonly probe: () => Promise<void>;
  /** Signal whose abort releases all waiting requests. */
  readonly signal?: AbortSignal | undefined;
  readonly onChange?: ((news: OutageNews) => void) | undefined;
}

/** News about the endpoint: it is away, and why; or it is back, after how many seconds. */
export type OutageNews =
  | { readonly isAway: true; readonly reason: string }
  | { readonly isAway: false; readonly seconds: number };

/**
 * Codes of failures that concern every request. One of them suffices for asking the endpoint, since a silence costs a
 * minute.
 */
const UNREACHABLE: ReadonlySet<string> = new Set([...NOT_REACHED, 'ETIMEDOUT', 'TimeoutError']);

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
/**
 * Longest time over which waiting requests are spread when the endpoint is back, in milliseconds: it has enough to do
 * then.
 */
const LONGEST_RETURN_MS = 1_000;

type Finding = 'was there' | 'came back' | 'stopped';

/**
 * Distinguishes an endpoint that is away from a request that fails. If a failure makes an outage likely, one probe asks
 * the endpoint; while that fails, every request waits and none of their tries counts. If the endpoint answers other
 * requests, or the probe, the failure belongs to that request alone.
 *
 * An outage can only begin after a first answer: an endpoint that has never answered is an error immediately.
 */
export class Outage {
  readonly #options: OutageOptions;
  #wasReached = false;
  #failures = 0;
  #inquiry: Promise<Finding> | undefined;
  /** How long the endpoint was away the last time, in milliseconds. */
  #lastedMs = 0;
  #lost: StoreError | undefined;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  /** Whether a request has to wait before it is sent. */
  get holdsRequests(): boolean {
    return this.#inquiry !== undefined || this.#lost !== undefined;
  }

  /** Called when the endpoint has answered as S3 does, even with a refusal. */
  onAnswer(): void {
    this.#wasReached = true;
    this.#failures = 0;
  }

  /** Resolves when the endpoint answers again, or the run is aborted. */
  async untilReachable(): Promise<void> {
    while (this.#inquiry) await this.#finding(this.#inquiry);
    if (this.#lost) throw this.#lost;
  }

  /**
   * Whether a try failed because the endpoint was away. Resolves when the endpoint is back; the try is not counted
   * then.
   *
   * @throws StoreError `EndpointLost` if it did not come back in time
   */
  async explains(failure: StoreError): Promise<boolean> {
    if (this.#lost) throw this.#lost;
    if (this.#inquiry === undefined) {
      this.#failures += 1;
      const isLikely = UNREACHABLE.has(failure.code) || this.#failures >= this.#options.likelyAfter;
      if (!this.#wasReached || !isLikely || failure.code === 'AbortError') return false;
      this.#inquiry = this.#inquire().finally(() => {
        this.#inquiry = undefined;
      });
    }
    return (await this.#finding(this.#inquiry)) === 'came back';
  }

  async #finding(inquiry: Promise<Finding>): Promise<Finding> {
    const finding = await inquiry;
    if (finding === 'came back') await sleep(Math.random() * Math.min(this.#lastedMs, LONGEST_RETURN_MS));
    return finding;
  }

  async #inquire(): Promise<Finding> {
    const { longestMs, signal, onChange } = this.#options;
    const began = performance.now();
    for (let probes = 0; ; probes += 1) {
      const failure = await this.#probe();
      const elapsed = performance.now() - began;
      if (failure === undefined) {
        this.onAnswer();
        if (probes === 0) return 'was there';
        this.#lastedMs = elapsed;
        onChange?.({ isAway: false, seconds: elapsed / 1000 });
        return 'came back';
      }
      // This also ends the wait if the connections were closed for good.
      if (signal?.aborted || failure.code === 'AbortError') return 'stopped';
      if (probes === 0) onChange?.({ isAway: true, reason: failure.message });
      if (elapsed >= longestMs) throw this.#lose(failure, elapsed);
      await pause(Math.min(pauseAfter(probes), longestMs - elapsed), signal);
    }
  }

  async #probe(): Promise<StoreError | undefined> {
    try {
      await this.#options.probe();
      return undefined;
    } catch (error) {
      return error as StoreError;
    }
  }

  #lose(last: StoreError, elapsedMs: number): StoreError {
    const text = `no answer for ${Math.round(elapsedMs / 1000)} s; last error: ${last.message}`;
    this.#lost = storeErrorOf({ operation: 'outage', code: 'EndpointLost', text, status: last.status });
    return this.#lost;
  }
}

/** Whether the answer came from S3, and not from a proxy or gateway; false if there was no answer. */
export function isAnswerOfS3({ code, status = 0 }: StoreError): boolean {
  return status >= 400 && status < 500 && status !== 429 && code !== 'NotS3';
}

/**
 * Pause after a number of probes, in milliseconds: from 250 ms to 10 s, reduced by up to half at random, so that many
 * programs do not ask in step.
 */
function pauseAfter(probes: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** probes) * (1 - Math.random() / 2);
}

/** Waits; the signal ends the wait early, without an error. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal && { signal }).catch(() => undefined);
}
