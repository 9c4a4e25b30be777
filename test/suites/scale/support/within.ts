import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a promise, but no longer than so many milliseconds. @throws Error that says what has not happened */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = sleep(ms, undefined, timer).then(() => {
    throw new Error(`not within ${ms / 1_000} s: ${what}`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}
