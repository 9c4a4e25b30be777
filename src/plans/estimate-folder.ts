import { opendir } from 'node:fs/promises';
import { below } from '../core/paths.ts';
import { absolutePath, type SourceRoot } from '../source/root.ts';
import { chanceOf } from './sampled-weights.ts';

/** Entries that one call of the system may bring. The default of Node.js is 32. */
const ENTRIES_A_CALL = 1024;
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
    const { files: own, folders } = await entriesOf(absolutePath(root, current));
    const entered = folders.map((name) => below(current, name)).filter(enters);
    files += standsFor * own;
    standsFor *= entered.length;
    folder = entered[Math.ceil(chanceOf(`${descent}/${current}`) * entered.length) - 1];
  }
  return files;
}

interface Entries {
  /** Number of files. */
  readonly files: number;
  /** Names of subfolders. */
  readonly folders: readonly string[];
}

/** Files are counted while the folder is read: their names would fill the memory if there are millions. */
async function entriesOf(path: string): Promise<Entries> {
  let files = 0;
  const folders: string[] = [];
  try {
    for await (const entry of await opendir(path, { bufferSize: ENTRIES_A_CALL })) {
      if (entry.isFile()) files += 1;
      else if (entry.isDirectory()) folders.push(entry.name);
    }
  } catch {
    return { files: 0, folders: [] };
  }
  return { files, folders };
}
