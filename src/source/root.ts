import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { parse, resolve, sep } from 'node:path';
import { BackupError, messageOf, systemCode } from '../core/errors.ts';

/** The folder that is backed up. Nothing outside it is ever read or deleted. */
export interface SourceRoot {
  /** Absolute, with every symbolic link resolved. */
  readonly path: string;
  /** Absolute, as it was named. */
  readonly given: string;
  /** What its paths have before them in the report, and its keys behind the prefix: `photos/`. Default '', for the only folder of a run. */
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
        hint: 'Name the folder that holds the files; `include` chooses among them.',
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
 * Makes sure that the source and the folder of the embedded endpoint do not hold one another: a backup would grow by
 * what it has just stored, and a move would delete its own objects.
 *
 * @param storeFolder As the endpoint says; undefined for every other store.
 * @throws BackupError `SOURCE_IS_STORE`
 */
export function requireApart(root: SourceRoot, storeFolder: string | undefined): void {
  if (storeFolder === undefined) return;
  if (!holdsFolder(root.path, storeFolder) && !holdsFolder(storeFolder, root.path)) return;
  throw new BackupError(
    'SOURCE_IS_STORE',
    `The source ${root.path} and the store's folder ${storeFolder} hold one another.`,
    {
      hint: 'Name another source, or start the endpoint with another folder.',
    },
  );
}

/** Whether one folder is the other, or lies in it. Both are absolute, with every symbolic link resolved. */
export function holdsFolder(outer: string, inner: string): boolean {
  return `${inner}${sep}`.startsWith(outer.endsWith(sep) ? outer : outer + sep);
}

/** The absolute path of something below the root. `path` is `/`-separated; '' is the root itself. */
export function absolutePath(root: SourceRoot, path: string): string {
  if (path === '') return root.path;
  const native = sep === '/' ? path : path.replaceAll('/', sep);
  return root.path.endsWith(sep) ? root.path + native : root.path + sep + native;
}
