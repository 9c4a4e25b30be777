import { type Dirent, lstatSync, readdirSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { type EntryInfo, ReaddirpStream } from 'readdirp';
import type { TypedReadable } from 'stream-chain/typed-streams.js';
import { messageOf, systemCode } from '../core/errors.ts';
import { callback, type OptionSchemas, optional } from '../core/option-schemas.ts';
import { requireOptions } from '../core/require-options.ts';
import { CLAIM_PREFIX, isClaimName } from '../core/reserved-names.ts';
import { type Flow, type Found, type Item, pass, settle } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import type { LeftOut } from '../selection/selection.ts';
import { EntryQueue } from '../source/entry-queue.ts';
import { FolderInKeyOrder } from '../source/key-order.ts';
import { NameCheck } from '../source/name-check.ts';
import { ReadPace } from '../source/read-pace.ts';
import { isLeftClaim, type Recovery, recoverFolder } from '../source/recover.ts';
import { type SourceRoot, sourceRoot } from '../source/root.ts';
import { sourceErrorFrom } from '../source/source-error.ts';
import { whenDescriptorsAreFree } from '../source/when-descriptors-are-free.ts';
import * as schemas from './option-schemas.ts';

export interface ScanOptions {
  /** The folder to scan, or its resolved root. */
  readonly source: string | SourceRoot;
  /** Whether the scan enters a folder; `path` is relative and `/`-separated. Default: it enters every folder. */
  readonly enter?: ((path: string) => boolean) | undefined;
  /**
   * Reason why a file is not selected. Called only for names that are not UTF-8, since no other stage sees them.
   * Default: all are selected.
   */
  readonly whyNot?: ((path: string) => LeftOut | undefined) | undefined;
  /**
   * `follow` takes a link to a file as the file, and skips a link to a folder. `store` takes every link as itself.
   * Default `skip`.
   */
  readonly links?: 'skip' | 'follow' | 'store' | undefined;
  /**
   * Whether files come in the order of their keys, in which S3 lists them. Default false. The order costs no measurable
   * time; the listing of a folder then stays in memory until all files below its subfolders have come.
   */
  readonly inKeyOrder?: boolean | undefined;
  /** Whether folders on other file systems are left out. Default false. */
  readonly oneFileSystem?: boolean | undefined;
  /** Whether files that a crashed run left claimed for deletion are put back. Default false: they are reported. */
  readonly recovers?: boolean | undefined;
  /** Called for every file that was put back. */
  readonly onRestored?: ((path: string) => void) | undefined;
  readonly control?: RunControl | undefined;
}

/** @internal */
export const SCAN_SCHEMA: OptionSchemas<ScanOptions> = {
  source: schemas.source,
  enter: optional(callback),
  whyNot: optional(callback),
  links: schemas.links,
  inKeyOrder: schemas.flag,
  oneFileSystem: schemas.flag,
  recovers: schemas.flag,
  onRestored: optional(callback),
  control: schemas.control,
};

/**
 * Stage 1: finds the files below a folder.
 *
 * - Out: every regular file as an open item; every link, special file, unreadable folder and name that is not UTF-8 as
 *   a settled one.
 * - Never follows a symbolic link, never stats a file, never stops at an unreadable folder.
 * - Memory: the listings of the folders between the root and where it is.
 *
 * @throws BackupError when the source is missing, no folder or unreadable
 */
export function scan(options: ScanOptions): TypedReadable<Flow<Found>> {
  requireOptions('scan', SCAN_SCHEMA, options);
  const root = typeof options.source === 'string' ? sourceRoot(options.source) : options.source;
  return new Scan(root, options) as unknown as TypedReadable<Flow<Found>>;
}

/**
 * Time that the listing of a folder may block, in milliseconds. From the page cache that is a folder of some 8,000
 * entries.
 */
const SLOW_FOLDER_MS = 8;

type DirEntry = NonNullable<ReaddirpStream['parent']>;

/** The walk of readdirp, which neither follows links nor ends at the first unusual error here. */
class Scan extends ReaddirpStream {
  readonly #source: SourceRoot;
  readonly #options: ScanOptions;
  readonly #names = new NameCheck();
  readonly #pace = new ReadPace(SLOW_FOLDER_MS);
  readonly #device: bigint;
  /** Folders whose entries were handed on in part, by their paths. Used in key order only. */
  readonly #begun = new Map<string, FolderInKeyOrder>();
  #stopped = false;

  constructor(source: SourceRoot, options: ScanOptions) {
    const { control } = options;
    super({
      root: source.path,
      type: 'all',
      fileFilter: () => !this.#stopped,
      directoryFilter: (entry) => this.#enters(entry),
      highWaterMark: 16,
    });
    // `all` is for links and special files. Folders must not count as pushed: a batch of nothing else would be the last.
    this._wantsDir = false;
    this.#source = source;
    this.#options = options;
    this.#device = deviceOf(source.path);
    if (control?.stopping.aborted) this.#stopped = true;
    control?.stopping.addEventListener('abort', () => {
      this.#stopped = true;
      this.parents.length = 0;
    });
  }

  /**
   * Lists a folder. In key order its entries come in pieces: up to the next subfolder, then that subfolder with all
   * below it, and so on.
   */
  override async _exploreDir(path: string, depth: number): Promise<DirEntry> {
    // The first folder is explored before this object is complete.
    await undefined;
    const entries = await this.#entriesOf(path);
    if (entries === undefined) return { path, depth, files: entries };
    if (!this.#options.inKeyOrder) return { path, depth, files: queued(entries) };
    const folder = new FolderInKeyOrder(entries);
    const files = queued(folder.nextPiece());
    if (!folder.isExhausted) this.#begun.set(path, folder);
    return { path, depth, files };
  }

  /** Lists a folder without claims: files that a crashed run left claimed are put back first. */
  async #entriesOf(path: string): Promise<Dirent[] | undefined> {
    const entries = await this.#list(path);
    if (!entries?.some(({ name }) => isClaimName(name))) return entries;
    const isChanged = entries.some(({ name }) => isLeftClaim(name)) && (await this.#recover(path, entries));
    const found = isChanged ? await this.#list(path) : entries;
    return found?.filter(({ name }) => !isClaimName(name));
  }

  async #list(path: string): Promise<Dirent[] | undefined> {
    try {
      return await whenDescriptorsAreFree(() => this.#read(path));
    } catch (error) {
      this._onError(error as Error);
      return undefined;
    }
  }

  /**
   * Lists a folder synchronously if that is fast: 53 µs of CPU for a folder of a hundred files, instead of 75 µs
   * through the thread pool.
   */
  #read(path: string): Dirent[] | Promise<Dirent[]> {
    const options = { withFileTypes: true } as const;
    return this.#pace.mayBlock(this.#source.path)
      ? this.#pace.watch(() => readdirSync(path, options))
      : readdir(path, options);
  }

  /** @returns whether files were put back */
  async #recover(fullPath: string, entries: readonly Dirent[]): Promise<boolean> {
    const folder = slashed(relative(this.#source.path, fullPath));
    if (!this.#options.recovers) {
      const reason = 'left by a run that crashed; a real run puts its files back';
      for (const { name } of entries) {
        if (isLeftClaim(name))
          this.#tell(settle({ path: below(folder, name) }, 'skipped', { code: 'OWN_FILE', reason }));
      }
      return false;
    }
    const { restored, items } = await recovered(this.#source, folder);
    for (const name of restored) this.#options.onRestored?.(below(folder, name));
    for (const item of items) this.#tell(item);
    return restored.length > 0;
  }

  /**
   * Hands on an item that readdirp does not find itself. A folder can be listed ahead, so the end may have come
   * already.
   */
  #tell(item: Item<Found>): void {
    if (!this.#stopped) super.push(item);
  }

  /** Resumes a folder that was interrupted at a subfolder, once all entries below that subfolder have come. */
  #resumeLater({ path, depth }: DirEntry): void {
    const folder = this.#begun.get(path);
    if (folder === undefined) return;
    const files = queued(folder.nextPiece());
    if (folder.isExhausted) this.#begun.delete(path);
    this.parents.push({ path, depth, pending: Promise.resolve({ path, depth, files }) });
  }

  /**
   * Makes the entry as readdirp does, but without `join`, which looks at every character of a path that is normal
   * already.
   */
  override _formatEntry(dirent: Dirent, folder: string): EntryInfo {
    const { name } = dirent;
    const fullPath = folder.endsWith(sep) ? folder + name : folder + sep + name;
    return { path: fullPath.slice(this._relStart), fullPath, basename: name, dirent };
  }

  /** Type of an entry. A link counts as itself, never as its target. */
  override _getEntryType(entry: EntryInfo): '' | 'file' | 'directory' {
    if (entry.dirent?.isFile()) return 'file';
    return entry.dirent?.isDirectory() ? 'directory' : '';
  }

  override _onError(error: Error): void {
    const full = (error as NodeJS.ErrnoException).path;
    if (systemCode(error) === undefined || full === undefined) {
      this.destroy(error);
      return;
    }
    const { code, message } = sourceErrorFrom(error);
    const path = slashed(relative(this.#source.path, full)) || '.';
    this.#tell(settle({ path }, 'failed', { code, reason: `the folder cannot be listed: ${message}` }));
  }

  #enters(entry: EntryInfo): boolean {
    const path = slashed(entry.path);
    if (this.#stopped) return false;
    if (this.parent) this.#resumeLater(this.parent);
    const { enter = () => true } = this.#options;
    if (!this.#names.isReal(entry.fullPath, entry.basename, true)) {
      if (enter(path)) super.push(notUtf8(path));
      return false;
    }
    if (this.#options.oneFileSystem && deviceOf(entry.fullPath) !== this.#device) {
      const why = { code: 'OTHER_FILE_SYSTEM', reason: 'a folder on another file system' } as const;
      super.push(settle({ path }, 'skipped', why));
      return false;
    }
    return enter(path);
  }

  override push(entry: EntryInfo | null): boolean {
    return super.push(entry && this.#itemOf(entry));
  }

  #itemOf(entry: EntryInfo): Item<Found> {
    const path = slashed(entry.path);
    if (!this.#names.isReal(entry.fullPath, entry.basename, false)) {
      const leftOut = this.#options.whyNot?.(path);
      return leftOut ? settle({ path }, leftOut.fate, leftOut) : notUtf8(path);
    }
    if (entry.dirent?.isFile()) return pass({ root: this.#source, path });
    if (entry.dirent?.isSymbolicLink()) return this.#itemOfLink(entry, path);
    return settle({ path }, 'skipped', { code: 'SPECIAL_FILE', reason: 'a FIFO, socket or device' });
  }

  #itemOfLink({ fullPath }: EntryInfo, path: string): Item<Found> {
    const { links } = this.#options;
    if (links === 'store' || (links === 'follow' && leadsToFile(fullPath)))
      return pass({ root: this.#source, path, link: links });
    return settle({ path }, 'skipped', { code: 'SYMBOLIC_LINK', reason: 'a symbolic link' });
  }
}

/** Makes an array of an EntryQueue, which has all that readdirp uses of an array. */
function queued(entries: Dirent[]): Dirent[] {
  return new EntryQueue(entries) as unknown as Dirent[];
}

function notUtf8(path: string): Item<Found> {
  return settle({ path }, 'failed', { code: 'NAME_NOT_UTF8', reason: 'the name is not valid UTF-8' });
}

function slashed(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/');
}

/** Recovers the claims in a folder: the names of files that are back, and an item for each claim that stays. */
async function recovered(
  root: SourceRoot,
  folder: string,
): Promise<{ readonly restored: readonly string[]; readonly items: readonly Item<Found>[] }> {
  let recovery: Recovery;
  try {
    recovery = await recoverFolder(root, folder);
  } catch (error) {
    const reason = `${CRASHED}, and could not be put back: ${messageOf(error)}`;
    const path = below(folder, `${CLAIM_PREFIX}*`);
    return { restored: [], items: [settle({ path }, 'failed', { code: 'CLAIM_BLOCKED', reason })] };
  }
  const { restored, blocked, waiting } = recovery;
  const items = [
    ...blocked.map(({ path, reason }) =>
      settle({ path: below(folder, path) }, 'failed', {
        code: 'CLAIM_BLOCKED',
        reason: `${CRASHED}: ${reason}`,
      }),
    ),
    ...waiting.map((name) =>
      settle({ path: below(folder, name) }, 'skipped', { code: 'CLAIMED_ELSEWHERE', reason: ELSEWHERE }),
    ),
  ];
  return { restored, items };
}

const CRASHED = 'left by a run that crashed';
const ELSEWHERE =
  'a run on another machine or in another container claimed it and may be alive; put back once it is an hour old';

function below(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

function leadsToFile(link: string): boolean {
  try {
    return statSync(link).isFile();
  } catch {
    return false;
  }
}

function deviceOf(path: string): bigint {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false })?.dev ?? 0n;
}
