import type { TestContext } from 'node:test';

/**
 * Runs something while the clock of this process, and so the embedded endpoint's, is ahead: what it stores looks as if the
 * files had rested before.
 *
 * @param ms By how much. By default so much that what is changed after the run looks rested as well.
 */
export async function storedLater<T>(t: TestContext, run: () => Promise<T>, ms = 60_000): Promise<T> {
  const now = Date.now;
  const { mock } = t.mock.method(Date, 'now', () => now() + ms);
  try {
    return await run();
  } finally {
    mock.restore();
  }
}
