import { mkdirSync, realpathSync, rmdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { BackupError, messageOf, systemCode } from '../errors.ts';
import type { SourceRoot } from '../source/root.ts';
import { SourceError } from '../source/source-error.ts';
import { openSourceFolder, type SourceFolder } from '../source/source-file.ts';

/** The folder that is restored to. Nothing outside it is ever written; what is below is read as a source is. */
export type TargetRoot = SourceRoot;

export interface Target {
  readonly target: TargetRoot;
  /** It, and those on the way to it, as far as they were missing; outermost first. */
  readonly madeFolders: readonly string[];
}

/**
 * Resolves the target folder.
 *
 * @param makes Whether it is made where it is missing.
 * @throws BackupError `TARGET_NOT_A_FOLDER` or `TARGET_UNUSABLE`
 */
export function openTarget(folder: string, makes: boolean): Target {
  const given = resolve(folder);
  try {
    const madeFolders = makes ? makeFolders(given) : [];
    const path = realpathSync.native(given);
    if (statSync(path).isDirectory()) return { target: { path, given }, madeFolders };
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' && !makes) return { target: { path: given, given }, madeFolders: [] };
    if (code !== 'EEXIST' && code !== 'ENOTDIR') throw unusable(given, error);
  }
  throw new BackupError('TARGET_NOT_A_FOLDER', `What is to be restored to is not a folder: ${given}`, {
    hint: 'Name a folder with --to; it is made where it is missing.',
  });
}

/** mkdir's own `recursive` never comes to an end where a file system (/proc) says that the parent is missing which is there. */
function makeFolders(path: string): string[] {
  try {
    mkdirSync(path);
    return [path];
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return [];
    if (systemCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
    const made = makeFolders(dirname(path));
    mkdirSync(path);
    return [...made, path];
  }
}

/** Takes back what `openTarget` made, as far as nothing was put there. */
export function removeUnused(madeFolders: readonly string[]): void {
  try {
    for (const folder of madeFolders.toReversed()) rmdirSync(folder);
  } catch {
    // It has come to be of use, or belongs to somebody else by now.
  }
}

function unusable(given: string, cause: unknown): BackupError {
  const message = `The folder to restore to cannot be used: ${given}: ${messageOf(cause)}`;
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
