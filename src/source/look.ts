import { lstat as lstatCallback, lstatSync, type Stats } from 'node:fs';
import { promisify } from 'node:util';

const lstat = promisify(lstatCallback);

/** The state of an entry, of a link itself; undefined if there is no entry, or if it cannot be examined. */
export function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/**
 * The state of an entry, as `lookAt` returns it, but read in the thread pool: this takes ten times as long and does not block.
 */
export async function lookInBackground(path: string): Promise<Stats | undefined> {
  return lstat(path).catch(() => undefined);
}
