/** Parts of the time limit. If the main thread is blocked for longer than one part, only one part counts. */
const PARTS = 60;

/**
 * Waits for an answer that another thread gives. Time in which the main thread is blocked does not count: an answer that came
 * meanwhile has not been received yet.
 *
 * @param limitMs Time limit in milliseconds.
 * @param late Makes the error for an answer that has not come in time.
 * @throws what the answer throws, or the error of `late`
 */
export async function waitWithin<T>(limitMs: number, answer: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, fail) => {
    let left = PARTS;
    timer = setInterval(() => {
      left -= 1;
      if (left === 0) fail(late());
    }, limitMs / PARTS);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearInterval(timer);
  }
}
