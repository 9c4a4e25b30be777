/**
 * Walks the tree below a folder with readdirp. No other file knows readdirp.
 *
 * What a backup needs of a walk cannot be had from readdirp's options: it resolves every link that it meets, and ends
 * the walk if that fails in an unusual way (a link to `file/below` is ENOTDIR); it ends the walk at a folder that cannot
 * be listed for an unusual reason (EIO, EMFILE); it lists folders in an order of its own. So four members are used that its
 * documentation does not promise:
 *
 * - `_exploreDir(path, depth)` lists one folder. It is replaced, so that the caller's `list` does that: it waits for a
 *   free descriptor, puts back the files that a crashed run left claimed, and reports a folder that cannot be listed.
 * - `_getSymlinkEntryType(entry)` resolves a link to tell what it leads to. It is replaced by one that does not, so that
 *   a link counts as itself, and neither a far nor a hanging file system behind it is touched.
 * - `parents` is the stack of folders to list; the last one is next. Folders are put there by this class: before a
 *   subfolder comes what is left of its own folder. That gives the order of keys, and keeps the arrays short that
 *   readdirp takes entries from.
 * - `_formatEntry(dirent, folder)` makes the entry that filters and `push` get. It is replaced for speed only: readdirp
 *   normalizes each path, which is normal already. That takes 0.4 of the 10 µs of CPU that an unchanged file takes.
 *
 * package.json names one exact version. test/unit/source/walk.test.ts fails if any of this differs in another one.
 */
import type { Dirent } from 'node:fs';
import { dirname, sep } from 'node:path';
import { type EntryInfo, ReaddirpStream } from 'readdirp';
import { slashed } from '../core/paths.ts';
import { FolderListing } from './folder-listing.ts';

/** Most items that wait to be read. They are still yielded after a stop. */
const HIGH_WATER_MARK = 16;

/** One entry of a folder. */
export interface WalkEntry {
  /** Path relative to the root, `/`-separated. */
  readonly path: string;
  /** Absolute path. */
  readonly fullPath: string;
  readonly basename: string;
  /** Type of the entry itself, never of a link's target. */
  readonly dirent: Dirent;
}

export interface WalkOptions<T> {
  /** The root of the walk: an absolute path with every symbolic link resolved. */
  readonly root: string;
  /** Lists a folder; undefined if it cannot be listed. An error that it throws ends the walk. */
  readonly list: (path: string) => Promise<Dirent[] | undefined>;
  /** Whether the walk enters a folder. */
  readonly enter: (folder: WalkEntry) => boolean;
  /** Makes the stream's item for an entry that is no folder. */
  readonly itemOf: (entry: WalkEntry) => T;
  /**
   * The part of a key that an entry makes, by which entries are yielded in the order in which S3 lists their keys. Undefined:
   * they are yielded in any order.
   */
  readonly keyPart: ((entry: Dirent) => string) | undefined;
  /** Signal whose abort ends the walk early, without an error: no further folder is listed, and no further entry is yielded. */
  readonly stop: AbortSignal | undefined;
}

/** A stream of one item for each entry below a folder that is no folder itself. */
export class Walk<T> extends ReaddirpStream {
  readonly #options: WalkOptions<T>;
  /** Length of the part of an absolute path before the relative one. */
  readonly #prefixLength: number;
  /** Listings that are not exhausted yet, by the paths of their folders. */
  readonly #begun = new Map<string, FolderListing>();
  /** The last entry of each piece that another piece follows. */
  readonly #pieceEnds = new Set<Dirent>();

  constructor(options: WalkOptions<T>) {
    super({
      root: options.root,
      // Files, links and special files. Folders are left out by `directoryFilter`.
      type: 'all',
      fileFilter: (entry) => this.#takes(entry as WalkEntry),
      directoryFilter: (entry) => this.#passOver(entry as WalkEntry),
      highWaterMark: HIGH_WATER_MARK,
    });
    this.#options = options;
    this.#prefixLength = options.root.endsWith(sep) ? options.root.length : options.root.length + 1;
  }

  /** Adds an item that stands for no entry. Called while a folder is listed or a filter runs. */
  add(item: T): void {
    if (!this.#isStopped) super.push(item);
  }

  override push(entry: EntryInfo | null): boolean {
    return super.push(entry && this.#options.itemOf(entry as WalkEntry));
  }

  override async _exploreDir(path: string, depth: number) {
    // ReaddirpStream's constructor calls this before the fields of this class exist.
    await undefined;
    let files: Dirent[] | undefined;
    try {
      files = await this.#nextPiece(path);
    } catch (error) {
      // A rejection would be unhandled, since readdirp lists the next folder ahead of time.
      this.destroy(error as Error);
    }
    return { path, depth, files };
  }

  override async _getSymlinkEntryType(): Promise<''> {
    return '';
  }

  override _formatEntry(dirent: Dirent, folder: string): WalkEntry {
    const { name } = dirent;
    const fullPath = folder.endsWith(sep) ? folder + name : folder + sep + name;
    return { path: slashed(fullPath.slice(this.#prefixLength)), fullPath, basename: name, dirent };
  }

  /** Lists a folder, or returns the next piece of its listing. */
  async #nextPiece(path: string): Promise<Dirent[] | undefined> {
    if (this.#isStopped) return undefined;
    const listing = this.#begun.get(path) ?? (await this.#list(path));
    const piece = listing?.nextPiece();
    const last = piece?.at(-1);
    if (listing === undefined || last === undefined || listing.isExhausted) {
      this.#begun.delete(path);
    } else {
      this.#begun.set(path, listing);
      this.#pieceEnds.add(last);
    }
    return piece;
  }

  async #list(path: string): Promise<FolderListing | undefined> {
    const entries = await this.#options.list(path);
    return entries && new FolderListing(entries, this.#options.keyPart);
  }

  #takes(entry: WalkEntry): boolean {
    if (this.#isStopped) return false;
    this.#resumeAfter(entry);
    return true;
  }

  /** Puts a folder on the stack if the walk enters it. @returns false, so that readdirp does not yield it */
  #passOver(folder: WalkEntry): false {
    if (this.#isStopped) return false;
    this.#resumeAfter(folder);
    if (this.#options.enter(folder)) this.#visit(folder.fullPath);
    return false;
  }

  /** If the entry ends a piece, puts its folder on the stack again. */
  #resumeAfter({ dirent, fullPath }: WalkEntry): void {
    if (this.#pieceEnds.delete(dirent)) this.#visit(dirname(fullPath));
  }

  #visit(path: string): void {
    this.parents.push({ path, depth: 0 });
  }

  get #isStopped(): boolean {
    return this.#options.stop?.aborted ?? false;
  }
}
