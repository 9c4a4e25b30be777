import { relative, sep } from 'node:path';
import { type EntryInfo, ReaddirpStream } from 'readdirp';
import type { TypedReadable } from 'stream-chain/typed-streams.js';
import { systemCode } from '../errors.ts';
import { type Found, type Item, open, settle } from '../item.ts';
import type { RunControl } from '../run-control.ts';
import { NameCheck } from '../source/name-check.ts';
import { type SourceRoot, sourceRoot } from '../source/root.ts';
import { sourceErrorFrom } from '../source/source-error.ts';

export interface ScanOptions {
  /** The folder, or its resolved root. */
  readonly source: string | SourceRoot;
  /** Whether to go into a folder; `path` is relative and `/`-separated. Default: into every one. */
  readonly enter?: ((path: string) => boolean) | undefined;
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
export function scan(options: ScanOptions): TypedReadable<Item<Found>> {
  const root = typeof options.source === 'string' ? sourceRoot(options.source) : options.source;
  return new Scan(root, options) as unknown as TypedReadable<Item<Found>>;
}

/** readdirp's walk, without its following of links and without its ending at the first unusual error. */
class Scan extends ReaddirpStream {
  readonly #source: SourceRoot;
  readonly #names = new NameCheck();
  #stopped = false;

  constructor(source: SourceRoot, { enter, control }: ScanOptions) {
    super({
      root: source.path,
      type: 'all',
      fileFilter: () => !this.#stopped,
      directoryFilter: (entry) => this.#enters(entry, enter),
      highWaterMark: 16,
    });
    // `all` is for links and special files. Folders must not count as pushed: a batch of nothing else would be the last.
    this._wantsDir = false;
    this.#source = source;
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

  #enters(entry: EntryInfo, enter: ScanOptions['enter']): boolean {
    if (this.#stopped) return false;
    if (!this.#names.isReal(entry.fullPath, entry.basename)) {
      super.push(notUtf8(slashed(entry.path)));
      return false;
    }
    return enter?.(slashed(entry.path)) ?? true;
  }

  override push(entry: EntryInfo | null): boolean {
    return super.push(entry && this.#itemOf(entry));
  }

  #itemOf(entry: EntryInfo): Item<Found> {
    const path = slashed(entry.path);
    if (!this.#names.isReal(entry.fullPath, entry.basename)) return notUtf8(path);
    if (entry.dirent?.isFile()) return open({ root: this.#source, path });
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
