import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { LINK_SUFFIX } from '../core/key.ts';
import {
  holdsEverything,
  holdsKey,
  holdsNothing,
  type KeyRange,
  rangeBelow,
  requireRange,
} from '../core/key-range.ts';
import { isClaimName } from '../core/reserved-names.ts';

/** Entries that one call of the system may bring. The default of Node.js is 32. */
const ENTRIES_A_CALL = 1024;

/** The part of a tree whose keys are in a range. */
export class WalkRange {
  readonly #range: KeyRange;
  readonly #storesLinks: boolean;

  /**
   * @param range Keys are paths relative to the root of the tree; a stored link has its suffix.
   * @param links What becomes of symbolic links.
   * @throws BackupError `BAD_OPTION` if the range ends before it begins
   */
  constructor(range: KeyRange = {}, links: 'skip' | 'follow' | 'store' = 'skip') {
    this.#range = requireRange(range);
    this.#storesLinks = links === 'store';
  }

  /** The part of a key that an entry of a folder makes: a slash follows a folder's name, so `a.txt` comes before `a/b`. */
  readonly keyPart = (entry: Dirent): string => {
    if (entry.isDirectory()) return `${entry.name}/`;
    return this.#storesLinks && entry.isSymbolicLink() ? entry.name + LINK_SUFFIX : entry.name;
  };

  /** Whether a key is in the range. */
  holds(key: string): boolean {
    return holdsKey(this.#range, key);
  }

  /**
   * Lists the entries of a folder that are in the range, and its claims: any of them may hide a file of the range. Only folders
   * on the ways to the two bounds are cut. Their other entries are freed while the folder is read.
   *
   * @param path Absolute path of the folder.
   * @param folder The same, relative to the root and `/`-separated; '' is the root itself.
   * @param stop Signal whose abort ends the listing early, without an error.
   * @returns undefined if the range has the whole folder
   * @throws the system's error if the folder cannot be read
   */
  list(path: string, folder: string, stop: AbortSignal | undefined): Promise<Dirent[]> | undefined {
    const range = folder === '' ? this.#range : rangeBelow(this.#range, `${folder}/`);
    return holdsEverything(range) ? undefined : this.#listPart(path, range, stop);
  }

  async #listPart(path: string, range: KeyRange, stop: AbortSignal | undefined): Promise<Dirent[]> {
    const kept: Dirent[] = [];
    if (holdsNothing(range)) return kept;
    for await (const entry of await opendir(path, { bufferSize: ENTRIES_A_CALL })) {
      if (stop?.aborted) break;
      if (isClaimName(entry.name) || belongsTo(range, this.keyPart(entry))) kept.push(entry);
    }
    return kept;
  }
}

/** Whether a file's key is in a range, or a folder's keys, which end in a slash here, can be. */
function belongsTo(range: KeyRange, part: string): boolean {
  return part.endsWith('/') ? !holdsNothing(rangeBelow(range, part)) : holdsKey(range, part);
}
