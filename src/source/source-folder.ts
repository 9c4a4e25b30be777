/** Folders below the source, held open while files in them are open. */
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
} from 'node:fs';
import { hasDescriptorPaths } from '../files/descriptor-paths.ts';
import { type FileSystem, fileSystemOf } from './file-system.ts';
import { processState } from './process-state.ts';
import { absolutePath, type SourceRoot } from './root.ts';
import { SourceError, sourceErrorFrom } from './source-error.ts';

const { O_RDONLY, O_DIRECTORY = 0, O_NOFOLLOW = 0 } = constants;
const { openFolders } = processState;

/** A folder below the source root, held open if the system supports it. */
export interface SourceFolder {
  /** The path by which an entry is reached: through the open descriptor if there is one. */
  entry(name: string): string;
  /** The state of the folder itself. */
  stats(): BigIntStats;
  /** Whether the system has refused to open a file of the folder without an update of its access time. */
  refusesQuietReads: boolean;
  /** Facts about the file system that has it, asked for once. */
  readonly fileSystem: FileSystem;
  /** Whether its path still leads to it, without a link on the way. */
  inPlace(): boolean;
  close(): void;
}

/**
 * Opens a folder and makes sure that it is the one that its path names: inside the real root, with no link on the way. On Linux
 * all further access goes through the descriptor, which files of one folder share, so replacing the folder by a link later has
 * no effect. On other systems the path is checked in the same way, but a replacement between check and use goes unnoticed.
 *
 * @param path Relative to the root, `/`-separated; '' is the root itself.
 * @throws SourceError `OUTSIDE_SOURCE`, `NOT_FOUND` or `UNREADABLE`
 */
export function openSourceFolder(root: SourceRoot, path: string): SourceFolder {
  const expected = absolutePath(root, path);
  if (!hasDescriptorPaths) {
    if (realPathOf(expected) !== expected) throw outside();
    const inPlace = () => {
      try {
        return realPathOf(expected) === expected;
      } catch {
        return false;
      }
    };
    return {
      entry: (name) => `${expected}/${name}`,
      stats: () => lstatSync(expected, { bigint: true }),
      refusesQuietReads: false,
      get fileSystem() {
        return fileSystemOf(expected);
      },
      inPlace,
      close: () => undefined,
    };
  }
  const open = openFolders.get(expected);
  const folder = open?.inPlace() ? open : new OpenFolder(expected);
  folder.users += 1;
  return folder;
}

/** @throws SourceError */
function realPathOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch (error) {
    throw sourceErrorFrom(error);
  }
}

class OpenFolder implements SourceFolder {
  readonly #path: string;
  readonly #fd: number;
  refusesQuietReads = false;
  #fileSystem: FileSystem | undefined;
  users = 0;

  constructor(path: string) {
    this.#path = path;
    this.#fd = openFolder(path);
    try {
      if (!this.inPlace()) throw outside();
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
    openFolders.set(path, this);
  }

  entry(name: string): string {
    return `/proc/self/fd/${this.#fd}/${name}`;
  }

  stats(): BigIntStats {
    return fstatSync(this.#fd, { bigint: true });
  }

  get fileSystem(): FileSystem {
    this.#fileSystem ??= fileSystemOf(this.entry('.'));
    return this.#fileSystem;
  }

  inPlace(): boolean {
    return readlinkSync(`/proc/self/fd/${this.#fd}`) === this.#path;
  }

  close(): void {
    this.users -= 1;
    if (this.users > 0) return;
    closeSync(this.#fd);
    if (openFolders.get(this.#path) === this) openFolders.delete(this.#path);
  }
}

function openFolder(path: string): number {
  try {
    return openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    throw isLink(path) ? outside(error) : sourceErrorFrom(error);
  }
}

/** Whether the path is a link. If a folder is requested, Linux refuses a link with ENOTDIR, as it does a file. */
function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

/** The error for a file whose path leads through a folder that is not the one that the path names. */
export function outside(cause?: unknown): SourceError {
  return new SourceError('OUTSIDE_SOURCE', 'a folder on the way is a symbolic link or was moved', cause);
}
