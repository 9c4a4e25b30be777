import type { Dirent } from 'node:fs';
import { compareKeys } from '../core/key.ts';

/**
 * Most entries of one piece. readdirp takes entries from the front of an array, 16 at a time, which moves all the others: for a
 * million entries that takes seconds to a minute, for this many no measurable time.
 */
const MAX_PIECE = 1024;

/** The listing of one folder, taken in pieces. Entries that were taken are freed. */
export class FolderListing {
  /** Remaining entries in reverse order: the next one is the last, so that taking it moves nothing. */
  readonly #backwards: Dirent[];
  readonly #inKeyOrder: boolean;

  /**
   * @param entries Sorted in place.
   * @param inKeyOrder Whether entries come in the order in which S3 lists the keys of the files below them. A piece then ends
   * at a subfolder, so that everything below the subfolder comes before the next piece.
   */
  constructor(entries: Dirent[], inKeyOrder: boolean) {
    if (inKeyOrder) entries.sort((a, b) => compareKeys(keyPart(a), keyPart(b)));
    this.#backwards = entries.reverse();
    this.#inKeyOrder = inKeyOrder;
  }

  /** Whether every entry was taken. */
  get isExhausted(): boolean {
    return this.#backwards.length === 0;
  }

  /** Takes the next entries; none if every entry was taken. */
  nextPiece(): Dirent[] {
    const piece: Dirent[] = [];
    while (piece.length < MAX_PIECE) {
      const entry = this.#backwards.pop();
      if (entry === undefined) break;
      piece.push(entry);
      if (this.#inKeyOrder && entry.isDirectory()) break;
    }
    return piece;
  }
}

/** The part of a key that an entry makes: a slash follows a folder's name, so `a.txt` comes before `a/b`. */
function keyPart(entry: Dirent): string {
  return entry.isDirectory() ? `${entry.name}/` : entry.name;
}
