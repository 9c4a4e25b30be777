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
  readonly #endsAtFolders: boolean;

  /**
   * @param entries Sorted in place.
   * @param keyPart The part of a key that an entry makes. Entries then come in the order in which S3 lists the keys, and a piece
   * ends at a subfolder, so that everything below the subfolder comes before the next piece. Undefined: they come in the order
   * of the array.
   */
  constructor(entries: Dirent[], keyPart: ((entry: Dirent) => string) | undefined) {
    if (keyPart) entries.sort((a, b) => compareKeys(keyPart(a), keyPart(b)));
    this.#backwards = entries.reverse();
    this.#endsAtFolders = keyPart !== undefined;
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
      if (this.#endsAtFolders && entry.isDirectory()) break;
    }
    return piece;
  }
}
