import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
} from 'node:fs';
import { systemCode } from '../core/errors.ts';
import { hasDescriptorPaths } from '../files/descriptor-paths.ts';
import { removeIfEmpty } from './remove-folder.ts';
import { SourceError } from './source-error.ts';
import type { SourceFolder } from './source-folder.ts';

const { O_RDONLY, O_DIRECTORY = 0, O_NOFOLLOW = 0 } = constants;

/**
 * A folder that belongs to this user and that no other user can open (mode 0700). On Linux it is opened once, and its entries
 * are reached through its descriptor: a user who may write to the parent can rename it or put something else in its place, but
 * cannot redirect the access. Without descriptor paths it is reached by its path.
 */
export class PrivateFolder {
  readonly #parent: SourceFolder;
  readonly #name: string;
  readonly #fd: number | undefined;

  /**
   * Opens an existing folder.
   *
   * @param parent Must stay open for as long as this folder is used.
   * @throws SourceError `CLAIM_BLOCKED` if it is a link or no folder, not ours, not private, on another file system, or the
   * parent itself; or the system's error
   */
  constructor(parent: SourceFolder, name: string) {
    this.#parent = parent;
    this.#name = name;
    this.#fd = hasDescriptorPaths ? openFolder(parent.entry(name)) : undefined;
    try {
      const stats =
        this.#fd === undefined
          ? lstatSync(parent.entry(name), { bigint: true })
          : fstatSync(this.#fd, { bigint: true });
      const flaw = flawOf(stats, parent.stats());
      if (flaw !== undefined) throw new SourceError('CLAIM_BLOCKED', flaw);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Creates and opens a folder. It is empty, so files that are moved into it replace nothing.
   *
   * @returns undefined if the file system sets modes or owners itself, or another folder has taken its place
   * @throws the system's error if it cannot be created
   */
  static make(parent: SourceFolder, name: string): PrivateFolder | undefined {
    mkdirSync(parent.entry(name), { mode: 0o700 });
    let folder: PrivateFolder | undefined;
    try {
      folder = new PrivateFolder(parent, name);
      if (folder.names().length === 0) return folder;
      folder.close();
    } catch (error) {
      if (!(error instanceof SourceError)) {
        removeIfEmpty(parent.entry(name));
        throw error;
      }
    }
    removeIfEmpty(parent.entry(name));
    return undefined;
  }

  /** The path by which an entry of this folder is reached. */
  entry(name: string): string {
    return this.#fd === undefined
      ? `${this.#parent.entry(this.#name)}/${name}`
      : `/proc/self/fd/${this.#fd}/${name}`;
  }

  /** The names of its entries. @throws the system's error */
  names(): string[] {
    return readdirSync(this.entry('.'));
  }

  /** When an entry was last added or removed, by the file system's clock: milliseconds since 1970. */
  lastUseMs(): number {
    return Number(lstatSync(this.entry('.'), { bigint: true }).mtimeMs);
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
  }
}

function openFolder(path: string): number {
  try {
    return openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    const isNoFolder = ['ENOTDIR', 'ELOOP'].includes(systemCode(error) ?? '');
    throw isNoFolder
      ? new SourceError('CLAIM_BLOCKED', 'it is a symbolic link, or not a folder', error)
      : error;
  }
}

/**
 * Reason why this is not a private folder of this user; undefined if it is one. Windows has neither owners nor modes of this
 * kind.
 */
function flawOf(stats: BigIntStats, parent: BigIntStats): string | undefined {
  if (!stats.isDirectory()) return 'it is a symbolic link, or not a folder';
  if (stats.dev !== parent.dev) return 'it is on another file system than its parent';
  if (stats.ino === parent.ino) return 'it is its parent folder, mounted there a second time';
  const user = process.geteuid?.();
  if (user === undefined) return undefined;
  if (stats.uid !== BigInt(user)) return `it belongs to user ${stats.uid}, not to ${user}`;
  if ((stats.mode & 0o077n) === 0n) return undefined;
  return `others may use it (mode ${(stats.mode & 0o7777n).toString(8).padStart(4, '0')})`;
}
