import { lstatSync, statSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { type EntryInfo, ReaddirpStream } from 'readdirp';
import type { TypedReadable } from 'stream-chain/typed-streams.js';
import { messageOf, systemCode } from '../errors.ts';
import { type Flow, type Found, type Item, open, settle } from '../item.ts';
import type { RunControl } from '../run-control.ts';
import { isLeftClaimFolder, isLiveClaimFolder } from '../source/claim-folder.ts';
import { NameCheck } from '../source/name-check.ts';
import { recoverFolder } from '../source/recover.ts';
import { type SourceRoot, sourceRoot } from '../source/root.ts';
import { sourceErrorFrom } from '../source/source-error.ts';

export interface ScanOptions {
  /** The folder, or its resolved root. */
  readonly source: string | SourceRoot;
  /** Whether to go into a folder; `path` is relative and `/`-separated. Default: into every one. */
  readonly enter?: ((path: string) => boolean) | undefined;
  /** Whether a link to a file is taken for the file. Links to folders never are. Default `skip`. */
  readonly links?: 'skip' | 'follow' | undefined;
  /** Whether folders on other file systems are left out. Default false. */
  readonly oneFileSystem?: boolean | undefined;
  /** Whether files that a crashed run left claimed for deletion are put back. Default false: they are reported. */
  readonly recovers?: boolean | undefined;
  /** Told of every file that was put back. */
  readonly onRestored?: ((path: string) => void) | undefined;
  readonly control?: RunControl | undefined;
}

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
  const root = typeof options.source === 'string' ? sourceRoot(options.source) : options.source;
  return new Scan(root, options) as unknown as TypedReadable<Flow<Found>>;
}

/** readdirp's walk, without its following of links and without its ending at the first unusual error. */
class Scan extends ReaddirpStream {
  readonly #source: SourceRoot;
  readonly #options: ScanOptions;
  readonly #names = new NameCheck();
  readonly #device: bigint;
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

  /** A link is what it is, never what it points to. */
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
    // A folder that was being listed ahead: by now the end may have been pushed.
    if (this.#stopped) return;
    const { code, message } = sourceErrorFrom(error);
    const path = slashed(relative(this.#source.path, full)) || '.';
    super.push(settle({ path }, 'failed', { code, reason: `the folder cannot be listed: ${message}` }));
  }

  #enters(entry: EntryInfo): boolean {
    const path = slashed(entry.path);
    if (this.#stopped) return false;
    if (isLiveClaimFolder(entry.basename)) return false;
    if (isLeftClaimFolder(entry.basename)) {
      for (const item of this.#leftClaims(path)) super.push(item);
      return false;
    }
    if (!this.#names.isReal(entry.fullPath, entry.basename, true)) {
      super.push(notUtf8(path));
      return false;
    }
    if (this.#options.oneFileSystem && deviceOf(entry.fullPath) !== this.#device) {
      const why = { code: 'OTHER_FILE_SYSTEM', reason: 'a folder on another file system' } as const;
      super.push(settle({ path }, 'skipped', why));
      return false;
    }
    return this.#options.enter?.(path) ?? true;
  }

  /** The listing of the parent is older than the files that come back now, so they are found here. */
  #leftClaims(claimFolder: string): Item<Found>[] {
    const folder = claimFolder.slice(0, Math.max(0, claimFolder.lastIndexOf('/')));
    if (!this.#options.recovers) {
      const reason = 'left by a run that crashed; a real run puts its files back';
      return [settle({ path: claimFolder }, 'skipped', { code: 'DRY_RUN', reason })];
    }
    return recoveredItems(this.#source, folder, this.#options.onRestored);
  }

  override push(entry: EntryInfo | null): boolean {
    return super.push(entry && this.#itemOf(entry));
  }

  #itemOf(entry: EntryInfo): Item<Found> {
    const path = slashed(entry.path);
    if (!this.#names.isReal(entry.fullPath, entry.basename, false)) return notUtf8(path);
    if (entry.dirent?.isFile()) return open({ root: this.#source, path });
    if (entry.dirent?.isSymbolicLink() && this.#options.links === 'follow' && leadsToFile(entry.fullPath)) {
      return open({ root: this.#source, path, isLink: true });
    }
    return entry.dirent?.isSymbolicLink()
      ? settle({ path }, 'skipped', { code: 'SYMBOLIC_LINK', reason: 'a symbolic link' })
      : settle({ path }, 'skipped', { code: 'SPECIAL_FILE', reason: 'a FIFO, socket or device' });
  }
}

function notUtf8(path: string): Item<Found> {
  return settle({ path }, 'skipped', { code: 'NAME_NOT_UTF8', reason: 'the name is not valid UTF-8' });
}

function slashed(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/');
}

function recoveredItems(
  root: SourceRoot,
  folder: string,
  onRestored: ScanOptions['onRestored'],
): Item<Found>[] {
  const below = (name: string) => (folder === '' ? name : `${folder}/${name}`);
  try {
    const { restored, blocked } = recoverFolder(root, folder);
    for (const name of restored) onRestored?.(below(name));
    const reason = 'left by a run that crashed; another file has its name by now';
    return [
      ...restored.map((name) => open({ root, path: below(name) })),
      ...blocked.map((name) => settle({ path: below(name) }, 'failed', { code: 'CLAIM_BLOCKED', reason })),
    ];
  } catch (error) {
    const reason = `left by a run that crashed, and could not be put back: ${messageOf(error)}`;
    return [settle({ path: below('.s3-backup-claim-*') }, 'failed', { code: 'CLAIM_BLOCKED', reason })];
  }
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
