import type { Dirent } from 'node:fs';
import { compareKeys } from '../core/key.ts';

/** The entries of one folder in the order in which S3 lists the keys of its files, and of all that is below it. */
export class FolderInKeyOrder {
  readonly #entries: readonly Dirent[];
  #next = 0;

  /** @param entries Sorted here where they are not so already, as libuv sorts names by their bytes. */
  constructor(entries: Dirent[]) {
    this.#entries = isInKeyOrder(entries)
      ? entries
      : entries.sort((a, b) => compareKeys(keyPart(a), keyPart(b)));
  }

  /** Whether all have come. */
  get isExhausted(): boolean {
    return this.#next >= this.#entries.length;
  }

  /** The entries up to the next subfolder, that one included; none when all have come. */
  nextPiece(): Dirent[] {
    const from = this.#next;
    let end = from;
    while (end < this.#entries.length && !this.#entries[end]?.isDirectory()) end += 1;
    this.#next = end + 1;
    return this.#entries.slice(from, this.#next);
  }
}

/**
 * `sort` finds it out as well, and copies the folder for it: 1 % of the CPU of a run over 100,000 unchanged files in one
 * folder, the median of 90 runs in turns with one that left it to `sort`.
 */
function isInKeyOrder(entries: readonly Dirent[]): boolean {
  let last = '';
  for (const entry of entries) {
    const part = keyPart(entry);
    if (compareKeys(last, part) > 0) return false;
    last = part;
  }
  return true;
}

/** What an entry adds to the keys: after a folder's name comes a slash, so that `a.txt` is before `a/b`. */
function keyPart(entry: Dirent): string {
  return entry.isDirectory() ? `${entry.name}/` : entry.name;
}
