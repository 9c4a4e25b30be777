import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { parse, resolve, sep } from 'node:path';
import { BackupError, messageOf, systemCode } from '../core/errors.ts';

/** The folder that is backed up. Nothing outside it is ever read or deleted. */
export interface SourceRoot {
  /** Absolute path with every symbolic link resolved. */
  readonly path: string;
  /** Absolute path, as it was given. */
  readonly given: string;
  /**
   * Prefix of its paths in the report, and of its keys behind the run's prefix: `photos/`. Default '', for the only folder of a
   * run.
   */
  readonly label?: string;
}

/**
 * Resolves the source folder.
 *
 * @throws BackupError `SOURCE_NOT_FOUND`, `SOURCE_NOT_A_FOLDER` or `SOURCE_UNREADABLE`: readdirp answers all three
 * with an empty stream, which would look like success.
 */
export function sourceRoot(folder: string): SourceRoot {
  const given = resolve(folder);
  try {
    const path = realpathSync.native(given);
    if (!statSync(path).isDirectory()) {
      throw new BackupError('SOURCE_NOT_A_FOLDER', `The source is not a folder: ${given}`, {
        hint: 'Use the folder that contains the files; `include` selects among them.',
      });
    }
    accessSync(path, constants.R_OK | constants.X_OK);
    return { path, given };
  } catch (error) {
    if (error instanceof BackupError) throw error;
    throw unusableSource(given, error);
  }
}

function unusableSource(given: string, error: unknown): BackupError {
  const code = systemCode(error);
  if (code === 'ENOENT') {
    return new BackupError('SOURCE_NOT_FOUND', `The source folder does not exist: ${given}`, {
      hint: 'Check `source`.',
      cause: error,
    });
  }
  if (code === 'ENOTDIR') {
    return new BackupError('SOURCE_NOT_A_FOLDER', `The source is not a folder: ${given}`, { cause: error });
  }
  return new BackupError(
    'SOURCE_UNREADABLE',
    `The source folder cannot be read: ${given}: ${messageOf(error)}`,
    {
      hint: 'The user who runs s3-backup needs read and search permission (r-x) on it.',
      cause: error,
    },
  );
}

/** Whether this is the root of a file system's tree (`/`, `C:\`). */
export function isFilesystemRoot(root: SourceRoot): boolean {
  return parse(root.path).root === root.path;
}

/**
 * Makes sure that neither the source nor the folder of the embedded endpoint contains the other: a backup would grow by what it
 * has just stored, and a move would delete its own objects.
 *
 * @param storeFolder Folder that the endpoint reports; undefined for every other store.
 * @throws BackupError `SOURCE_IS_STORE`
 */
export function requireApart(root: SourceRoot, storeFolder: string | undefined): void {
  if (storeFolder === undefined) return;
  if (!holdsFolder(root.path, storeFolder) && !holdsFolder(storeFolder, root.path)) return;
  throw new BackupError(
    'SOURCE_IS_STORE',
    `The source ${root.path} and the store's folder ${storeFolder} overlap: one contains the other.`,
    {
      hint: 'Use another source, or start the endpoint with another folder.',
    },
  );
}

/** Whether `inner` is `outer` or lies in it. Both are absolute, with every symbolic link resolved. */
export function holdsFolder(outer: string, inner: string): boolean {
  return `${inner}${sep}`.startsWith(outer.endsWith(sep) ? outer : outer + sep);
}

/** The absolute path of an entry below the root. `path` is `/`-separated; '' is the root itself. */
export function absolutePath(root: SourceRoot, path: string): string {
  if (path === '') return root.path;
  const native = sep === '/' ? path : path.replaceAll('/', sep);
  return root.path.endsWith(sep) ? root.path + native : root.path + sep + native;
}
