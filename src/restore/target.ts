import { mkdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { BackupError, systemCode, systemMessage } from '../core/errors.ts';
import { nameOf, parentOf } from '../core/paths.ts';
import type { SourceRoot } from '../source/root.ts';
import { SourceError } from '../source/source-error.ts';
import { openSourceFolder, type SourceFolder } from '../source/source-folder.ts';
import { MadeFolders } from './made-folders.ts';

/** The folder to restore to. Nothing outside it is written. Files below it are read with the same checks as a source. */
export type TargetRoot = SourceRoot;

/**
 * Resolves the path of the target folder, and touches nothing.
 *
 * @returns the path with links resolved, as far as it exists
 * @throws BackupError `TARGET_NOT_A_FOLDER` or `TARGET_UNUSABLE`
 */
export function locateTarget(folder: string): TargetRoot {
  const given = resolve(folder);
  try {
    const path = realPathOf(given);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== false) return { path, given };
  } catch (error) {
    if (systemCode(error) !== 'ENOTDIR') throw unusable({ path: given, given }, error);
  }
  throw new BackupError('TARGET_NOT_A_FOLDER', `What is to be restored to is not a folder: ${given}`, {
    hint: 'Name a folder with `to`; it is created if missing.',
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
 * Creates the target folder if it is missing.
 *
 * @returns the created folders; the caller must call `removeUnused` or `close` at the end
 * @throws BackupError `TARGET_UNUSABLE` or `TARGET_FULL`
 */
export function makeTarget(target: TargetRoot): MadeFolders {
  try {
    return new MadeFolders(target.path);
  } catch (error) {
    throw targetFailure(target, error) ?? unusable(target, error);
  }
}

function unusable({ given }: TargetRoot, cause: unknown): BackupError {
  const message = `The folder to restore to cannot be used: ${given}: ${systemMessage(cause)}`;
  return new BackupError('TARGET_UNUSABLE', message, { hint: 'Check `to`, and who may write there.', cause });
}

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

/** Error that ends the whole restore, if a failed write shows that the disk is full or read-only; else undefined. */
export function targetFailure(target: TargetRoot, error: unknown): BackupError | undefined {
  const cause = error instanceof SourceError ? error.cause : error;
  const code = systemCode(cause) ?? '';
  if (code === 'EROFS') return unusable(target, cause);
  if (!FULL.has(code)) return undefined;
  const message = `There is no room left in the folder to restore to: ${target.given}: ${systemMessage(cause)}`;
  const hint = 'Make room and run again; what is restored is not downloaded again.';
  return new BackupError('TARGET_FULL', message, { hint, cause });
}

/**
 * Opens a folder below the target and creates it and its parents if they are missing. Never follows a link.
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
    // The folder was created for another file meanwhile. If something else has the name, opening it fails.
    if (systemCode(error) !== 'EEXIST') throw error;
  } finally {
    parent.close();
  }
}
