import { BackupError } from '../errors.ts';
import type { RunControl } from '../run-control.ts';

/**
 * Hands items on.
 *
 * @param pattern What chose them; undefined where nothing did.
 * @throws BackupError `NOTHING_TO_VERIFY` at the end, where a pattern has chosen nothing: a misspelt one would verify for ever
 */
export async function* requireMatch<T>(
  items: AsyncIterable<T>,
  pattern: string | undefined,
  control: RunControl,
): AsyncGenerator<T, void> {
  let isEmpty = true;
  for await (const item of items) {
    isEmpty = false;
    yield item;
  }
  if (!isEmpty || pattern === undefined || control.stopping.aborted) return;
  throw new BackupError('NOTHING_TO_VERIFY', `Nothing matches the pattern ${JSON.stringify(pattern)}.`, {
    hint: 'Check the pattern, s3.prefix and the source; or what --against or --run names.',
  });
}
