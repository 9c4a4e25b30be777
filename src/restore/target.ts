import { mkdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { BackupError, systemCode } from '../errors.ts';
import type { SourceRoot } from '../source/root.ts';
import { SourceError, systemMessage } from '../source/source-error.ts';
import { openSourceFolder, type SourceFolder } from '../source/source-file.ts';
import { MadeFolders } from './made-folders.ts';

/** The folder that is restored to. Nothing outside it is ever written; what is below is read as a source is. */
export type TargetRoot = SourceRoot;

/**
 * Finds out which folder is meant, and touches nothing.
 *
 * @returns its real path; what is missing of it is as named
 * @throws BackupError `TARGET_NOT_A_FOLDER` or `TARGET_UNUSABLE`
 */
export function locateTarget(folder: string): TargetRoot {
  const given = resolve(folder);
  try {
    const path = realPathOf(given);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== false) return { path, given };
  } catch (error) {
    if (systemCode(error) !== 'ENOTDIR') throw unusable(given, error);
  }
  throw new BackupError('TARGET_NOT_A_FOLDER', `What is to be restored to is not a folder: ${given}`, {
    hint: 'Name a folder with --to; it is made where it is missing.',
  });
}

function realPathOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
    return join(realPathOf(dirname(path)), basename(path));
  }
}

/**
 * Makes the folder that is restored to, if it is missing.
 *
 * @returns what was made, to be released at the end
 * @throws BackupError `TARGET_UNUSABLE`
 */
export function makeTarget({ path, given }: TargetRoot): MadeFolders {
  try {
    return new MadeFolders(path);
  } catch (error) {
    throw unusable(given, error);
  }
}

function unusable(given: string, cause: unknown): BackupError {
  const message = `The folder to restore to cannot be used: ${given}: ${systemMessage(cause)}`;
  return new BackupError('TARGET_UNUSABLE', message, { hint: 'Check --to, and who may write there.', cause });
}

/**
 * Opens a folder below the target and makes it, and those on the way to it, where they are missing. A link on the way is
 * never followed, whoever planted it and when.
 *
 * @param path Relative to the root, `/`-separated; '' is the root itself.
 * @throws SourceError `OUTSIDE_SOURCE`, or the system's error
 */
export function openTargetFolder(root: TargetRoot, path: string): SourceFolder {
  try {
    return openSourceFolder(root, path);
  } catch (error) {
    if (path === '' || !(error instanceof SourceError) || error.code !== 'NOT_FOUND') throw error;
  }
  makeFolder(root, path);
  return openSourceFolder(root, path);
}

function makeFolder(root: TargetRoot, path: string): void {
  const parent = openTargetFolder(root, parentOf(path));
  try {
    mkdirSync(parent.entry(nameOf(path)));
  } catch (error) {
    // Made meanwhile for another file; or something else that has the name, which opening it then says.
    if (systemCode(error) !== 'EEXIST') throw error;
  } finally {
    parent.close();
  }
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
