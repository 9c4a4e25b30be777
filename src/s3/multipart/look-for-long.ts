import { setTimeout as sleep } from 'node:timers/promises';

export interface LookOptions {
  /** Time limit in milliseconds; 0 for one look. */
  readonly longestMs: number;
  /** Signal whose abort ends the looking. */
  readonly signal?: AbortSignal | undefined;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** Looks repeatedly, with pauses that grow from 1 to 30 s. @returns undefined if nothing was found in time */
export async function lookForLong<T>(
  look: () => Promise<T | undefined>,
  { longestMs, signal }: LookOptions,
): Promise<T | undefined> {
  const end = performance.now() + longestMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs)) {
    const found = await look();
    const leftMs = end - performance.now();
    if (found !== undefined || leftMs <= 0 || signal?.aborted) return found;
    await sleep(Math.min(pauseMs, leftMs), undefined, signal && { signal }).catch(() => undefined);
  }
}
