/** More than 220 lines: what becomes of each kind of entry is decided by one class, which knows the whole walk. */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { relative } from 'node:path';
import type { TypedReadable } from 'stream-chain/typed-streams.js';
import { systemCode } from '../core/errors.ts';
import type { KeyRange } from '../core/key-range.ts';
import { callback, type OptionSchemas, optional } from '../core/option-schemas.ts';
import { slashed } from '../core/paths.ts';
import { requireOptions } from '../core/require-options.ts';
import { isClaimName } from '../core/reserved-names.ts';
import type { ShardId } from '../core/shard.ts';
import { type Flow, type Found, type Item, pass, settle } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import type { LeftOut } from '../selection/selection.ts';
import { CallPace } from '../source/call-pace.ts';
import { claimRule, isClaimOf } from '../source/claim-rule.ts';
import { deviceOf } from '../source/file-system.ts';
import { NameCheck } from '../source/name-check.ts';
import { type SourceRoot, sourceRoot } from '../source/root.ts';
import { sourceErrorFrom } from '../source/source-error.ts';
import { Walk, type WalkEntry } from '../source/walk.ts';
import { WalkRange } from '../source/walk-range.ts';
import { whenDescriptorsAreFree } from '../source/when-descriptors-are-free.ts';
import { leftClaim, recoverClaims } from './left-claims.ts';
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
   * time; what is left of a folder's listing then stays in memory while the files below its subfolders come.
   */
  readonly inKeyOrder?: boolean | undefined;
  /**
   * Only files whose keys are in this range come: the keys are paths below the source, and a stored link has its suffix. Folders
   * that can hold none are not listed; of a folder that a bound cuts, only this part is kept in memory. Default: all come.
   */
  readonly range?: KeyRange | undefined;
  /** Whether folders on other file systems are left out. Default false. */
  readonly oneFileSystem?: boolean | undefined;
  /** Whether files that a crashed run left claimed for deletion are put back. Default false: they are reported. */
  readonly recovers?: boolean | undefined;
  /**
   * The shard whose work the run does. Files that an earlier attempt at it left claimed are put back at once, those of other shards
   * of the plan are left to them. Default: none.
   */
  readonly shard?: ShardId | undefined;
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
  range: schemas.range,
  oneFileSystem: schemas.flag,
  recovers: schemas.flag,
  shard: schemas.shard,
  onRestored: optional(callback),
  control: schemas.control,
};

/**
 * Stage 1: finds the files below a folder.
 *
 * - Out: every regular file as an open item; every link, special file, unreadable folder and name that is not UTF-8 as a
 *   settled one.
 * - Never follows a symbolic link, never stats a file, never stops at an unreadable folder.
 * - Each item comes in the one range that has its key. Only a folder that is not entered or cannot be listed comes in each
 *   range that reaches into it, since each of them may lack files.
 * - Memory: the listings of the folders between the root and the current one.
 *
 * @throws BackupError if the source is missing, not a folder, or unreadable; `BAD_OPTION` if the range ends before it begins
 */
export function scan(options: ScanOptions): TypedReadable<Flow<Found>> {
  requireOptions('scan', SCAN_SCHEMA, options);
  const root = typeof options.source === 'string' ? sourceRoot(options.source) : options.source;
  return new Scan(root, options).walk as unknown as TypedReadable<Flow<Found>>;
}

/** Milliseconds that the listing of a folder may block: from the page cache, that is some 8,000 entries. */
const SLOW_FOLDER_MS = 8;

/** Decides which folders the walk enters, and what each entry becomes. */
class Scan {
  readonly walk: Walk<Item<Found>>;
  readonly #root: SourceRoot;
  readonly #options: ScanOptions;
  readonly #range: WalkRange;
  readonly #names = new NameCheck();
  readonly #pace = new CallPace(SLOW_FOLDER_MS);
  readonly #device: bigint;

  constructor(root: SourceRoot, options: ScanOptions) {
    this.#root = root;
    this.#options = options;
    this.#range = new WalkRange(options.range, options.links);
    this.#device = deviceOf(root.path);
    this.walk = new Walk({
      root: root.path,
      list: (path) => this.#list(path),
      enter: (folder) => this.#enters(folder),
      itemOf: (entry) => this.#itemOf(entry),
      keyPart: options.inKeyOrder ? this.#range.keyPart : undefined,
      stop: this.#stop,
    });
  }

  /** Lists a folder without claims: files that a crashed run left claimed are put back first. */
  async #list(path: string): Promise<Dirent[] | undefined> {
    const entries = await this.#entriesOf(path);
    if (!entries?.some(({ name }) => isClaimName(name))) return entries;
    const { shard } = this.#options;
    const left = entries.map(({ name }) => name).filter((name) => claimRule(name, shard) !== 'leave');
    const isChanged = left.length > 0 && (await this.#recover(this.#pathOf(path), left));
    const found = isChanged ? await this.#entriesOf(path) : entries;
    return found?.filter(({ name }) => !isClaimName(name));
  }

  /** The entries of a folder; a folder that cannot be listed becomes an item. */
  async #entriesOf(path: string): Promise<Dirent[] | undefined> {
    try {
      return await whenDescriptorsAreFree(() => this.#read(path));
    } catch (error) {
      this.walk.add(unknown(this.#pathOf(path) || '.', 'the folder cannot be listed', error));
      return undefined;
    }
  }

  /** Lists synchronously if that is fast: the thread pool takes 22 µs of CPU more a folder. */
  #read(path: string): Dirent[] | Promise<Dirent[]> {
    const part = this.#options.range && this.#range.list(path, this.#pathOf(path), this.#stop);
    if (part) return part;
    const options = { withFileTypes: true } as const;
    return this.#pace.mayBlock(this.#root.path)
      ? this.#pace.watch(() => readdirSync(path, options))
      : readdir(path, options);
  }

  /**
   * Adds the item of a claim, unless another range has its path: all ranges that list a folder see its claims. Those of a shard are
   * its own, whatever range has their paths, since no other shard says anything of them.
   */
  #addClaim(item: Item<Found>): void {
    const { path } = item.settled ? item.settlement : item.file;
    if (this.#range.holds(path) || isClaimOf(this.#options.shard, path)) this.walk.add(item);
  }

  get #stop(): AbortSignal | undefined {
    return this.#options.control?.stopping;
  }

  /** @returns whether files may have got their names since the folder was listed */
  async #recover(folder: string, claims: readonly string[]): Promise<boolean> {
    const { recovers, shard, onRestored } = this.#options;
    if (!recovers) {
      for (const name of claims) this.#addClaim(leftClaim(folder, name));
      return false;
    }
    const { restored, items, haveMoved } = await recoverClaims(this.#root, folder, {
      names: claims,
      shard,
    });
    for (const path of restored) onRestored?.(path);
    for (const item of items) this.#addClaim(item);
    return haveMoved;
  }

  #enters(folder: WalkEntry): boolean {
    const { path } = folder;
    const { enter = () => true } = this.#options;
    const flaw = this.#flawOfName(folder, true);
    if (flaw) {
      if (enter(path)) this.walk.add(flaw);
      return false;
    }
    const elsewhere = this.#onOtherFileSystem(folder);
    if (elsewhere) this.walk.add(elsewhere);
    return elsewhere === undefined && enter(path);
  }

  #onOtherFileSystem({ path, fullPath }: WalkEntry): Item<Found> | undefined {
    try {
      if (!this.#options.oneFileSystem || deviceOf(fullPath) === this.#device) return undefined;
    } catch (error) {
      return unknown(path, 'the file system of the folder is not known', error);
    }
    return settle({ path }, 'skipped', {
      code: 'OTHER_FILE_SYSTEM',
      reason: 'a folder on another file system',
    });
  }

  /** The item for a name that is not UTF-8, or may not be. */
  #flawOfName({ path, fullPath, basename }: WalkEntry, isFolder: boolean): Item<Found> | undefined {
    try {
      return this.#names.isReal(fullPath, basename, isFolder) ? undefined : notUtf8(path);
    } catch (error) {
      return unknown(path, 'whether the name is valid UTF-8 is not known', error);
    }
  }

  #itemOf(entry: WalkEntry): Item<Found> {
    const { path, fullPath, dirent } = entry;
    const flaw = this.#flawOfName(entry, false);
    if (flaw) {
      const leftOut = this.#options.whyNot?.(path);
      return leftOut ? settle({ path }, leftOut.fate, leftOut) : flaw;
    }
    if (dirent.isFile()) return pass({ root: this.#root, path });
    if (dirent.isSymbolicLink()) return this.#itemOfLink(fullPath, path);
    return settle({ path }, 'skipped', { code: 'SPECIAL_FILE', reason: 'a FIFO, socket or device' });
  }

  #itemOfLink(fullPath: string, path: string): Item<Found> {
    const { links } = this.#options;
    if (links === 'store' || (links === 'follow' && leadsToFile(fullPath)))
      return pass({ root: this.#root, path, link: links });
    return settle({ path }, 'skipped', { code: 'SYMBOLIC_LINK', reason: 'a symbolic link' });
  }

  /** Path relative to the root, `/`-separated; '' for the root itself. */
  #pathOf(fullPath: string): string {
    return slashed(relative(this.#root.path, fullPath));
  }
}

function notUtf8(path: string): Item<Found> {
  return settle({ path }, 'failed', { code: 'NAME_NOT_UTF8', reason: 'the name is not valid UTF-8' });
}

/** The item for what the system does not tell of a file or a folder. @throws `error` if it is not the system's */
function unknown(path: string, what: string, error: unknown): Item<Found> {
  if (systemCode(error) === undefined) throw error;
  const { code, message } = sourceErrorFrom(error);
  return settle({ path }, 'failed', { code, reason: `${what}: ${message}` });
}

function leadsToFile(link: string): boolean {
  try {
    return statSync(link).isFile();
  } catch {
    return false;
  }
}
