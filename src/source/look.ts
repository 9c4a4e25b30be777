import { lstat as lstatCallback, lstatSync, type Stats } from 'node:fs';
import { promisify } from 'node:util';

const lstat = promisify(lstatCallback);

/** What stands under a path, links as such; undefined where nothing does, or nothing can be said of it. */
export function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** The same in the thread pool, which takes ten times as long and lets everything else go on. */
export async function lookInBackground(path: string): Promise<Stats | undefined> {
  return lstat(path).catch(() => undefined);
}
