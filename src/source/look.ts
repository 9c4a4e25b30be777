import { lstatSync, type Stats } from 'node:fs';

/** What stands under a path, links as such; undefined where nothing does, or nothing can be said of it. */
export function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
