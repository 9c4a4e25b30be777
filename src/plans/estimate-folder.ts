import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { below } from '../core/paths.ts';
import { absolutePath, type SourceRoot } from '../source/root.ts';
import { chanceOf } from './sampled-weights.ts';

/** Descents whose average is the estimate. */
const DESCENTS = 4;

/**
 * Estimates how many files are below a folder, by descending a few times to the bottom: at each folder its own files count, and
 * one of its subfolders stands for all of them (Knuth 1975). The average of many such descents is the number of files. A folder
 * that cannot be listed counts as empty. The same tree gives the same estimate.
 *
 * @param path Relative to the root, `/`-separated.
 * @param enters Whether a run enters a folder.
 */
export async function estimateFolder(
  root: SourceRoot,
  path: string,
  enters: (path: string) => boolean,
): Promise<number> {
  let total = 0;
  for (let descent = 0; descent < DESCENTS; descent += 1)
    total += await descend(root, path, { enters, descent });
  return total / DESCENTS;
}

async function descend(
  root: SourceRoot,
  path: string,
  { enters, descent }: { readonly enters: (path: string) => boolean; readonly descent: number },
): Promise<number> {
  let files = 0;
  let standsFor = 1;
  for (let folder: string | undefined = path; folder !== undefined; ) {
    const current: string = folder;
    const entries = await entriesOf(root, current);
    const folders = entries.filter((entry) => entry.isDirectory() && enters(below(current, entry.name)));
    files += standsFor * entries.filter((entry) => entry.isFile()).length;
    standsFor *= folders.length;
    const chosen = folders[Math.ceil(chanceOf(`${descent}/${current}`) * folders.length) - 1];
    folder = chosen && below(current, chosen.name);
  }
  return files;
}

async function entriesOf(root: SourceRoot, path: string): Promise<Dirent[]> {
  try {
    return await readdir(absolutePath(root, path), { withFileTypes: true });
  } catch {
    return [];
  }
}
