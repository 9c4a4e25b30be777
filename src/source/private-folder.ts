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
 * A folder below another one that belongs to this user, into which nobody else can look (mode 0700). On Linux it is opened
 * once and everything in it is reached through its descriptor: whoever may write to the parent can rename it or put
 * something else in its place, but cannot lead anybody elsewhere. Without descriptor paths it is reached by its path.
 */
export class PrivateFolder {
  readonly #parent: SourceFolder;
  readonly #name: string;
  readonly #fd: number | undefined;

  /**
   * Opens a folder that is there.
   *
   * @param parent Must stay open for as long as this folder is used.
   * @throws SourceError `CLAIM_BLOCKED` where it is a link or no folder, not ours, not private, on another file system, or
   * the parent itself; or the system's error
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
   * Makes a folder and opens it. It is empty: what is moved into it replaces nothing.
   *
   * @returns undefined where the file system gives modes or owners of its own, or somebody has put another folder in its place
   * @throws the system's error where it cannot be made
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

  /** The path of something in it. */
  entry(name: string): string {
    return this.#fd === undefined
      ? `${this.#parent.entry(this.#name)}/${name}`
      : `/proc/self/fd/${this.#fd}/${name}`;
  }

  /** What is in it. @throws the system's error */
  names(): string[] {
    return readdirSync(this.entry('.'));
  }

  /** When something was last moved into it or out of it, by the file system's clock: milliseconds since 1970. */
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
    throw isNoFolder ? new SourceError('CLAIM_BLOCKED', 'a symbolic link, or no folder', error) : error;
  }
}

/** Why something is no private folder of this user's; undefined when it is one. Windows has neither owners nor modes of this kind. */
function flawOf(stats: BigIntStats, parent: BigIntStats): string | undefined {
  if (!stats.isDirectory()) return 'a symbolic link, or no folder';
  if (stats.dev !== parent.dev) return 'on another file system than its parent';
  if (stats.ino === parent.ino) return 'the folder that it is in, mounted there once more';
  const user = process.geteuid?.();
  if (user === undefined) return undefined;
  if (stats.uid !== BigInt(user)) return `it belongs to user ${stats.uid}, not to ${user}`;
  if ((stats.mode & 0o077n) === 0n) return undefined;
  return `others may use it (mode ${(stats.mode & 0o7777n).toString(8).padStart(4, '0')})`;
}
