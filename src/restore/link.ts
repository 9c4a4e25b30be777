import { closeSync, fstatSync, lstatSync, openSync, readlinkSync, renameSync, symlinkSync } from 'node:fs';
import { systemCode } from '../core/errors.ts';
import { nameOf } from '../core/paths.ts';
import { hasDescriptorPaths } from '../files/descriptor-paths.ts';
import { type Identity, sameFile } from '../source/identity.ts';
import { O_LINK } from '../source/source-file.ts';
import type { SourceFolder } from '../source/source-folder.ts';
import { type Attributes, setLinkAttributes } from './attributes.ts';
import type { Listed } from './item.ts';
import { RestoreError, replacedError } from './restore-error.ts';
import { removeLeftFile, temporaryName } from './temporary-file.ts';

/** A symbolic link to restore. */
export interface LinkOptions {
  readonly folder: SourceFolder;
  readonly object: Listed;
  /** Target of the link. */
  readonly target: Buffer;
  readonly attributes: Attributes;
  /** Whether the link replaces a file or link that has its name. */
  readonly replaces: boolean;
}

/**
 * Makes a symbolic link with its owner and times. If it may replace an existing file, it is made under a temporary name and then
 * renamed.
 *
 * @returns `isThere`: whether the link was made; false if something has its name and may not be replaced. `ownerProblem`: why the
 * owner could not be set.
 * @throws RestoreError or the system's error
 */
export function makeLink(options: LinkOptions): { isThere: boolean; ownerProblem?: string | undefined } {
  const { folder, object, target, attributes, replaces } = options;
  if (target.includes(0)) throw new RestoreError('WRITE_FAILED', 'its content is no target of a link');
  const path = folder.entry(nameOf(object.path));
  if (!replaces) return linkAt(path, target, attributes);
  removeLeftFile(folder, object);
  const temporary = folder.entry(temporaryName(object));
  const made = linkAt(temporary, target, attributes);
  if (!made.isThere) throw replacedError();
  try {
    renameSync(temporary, path);
  } catch (error) {
    removeLeftFile(folder, object);
    throw error;
  }
  return made;
}

function linkAt(path: string, target: Buffer, attributes: Attributes) {
  try {
    symlinkSync(target, path);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return { isThere: false };
    throw error;
  }
  if (!hasDescriptorPaths || O_LINK === undefined)
    return { isThere: true, ownerProblem: setLinkAttributes(path, attributes) };
  const fd = openSync(path, O_LINK);
  try {
    requireLink(fd, path, target);
    const ownerProblem = setLinkAttributes(fd, attributes);
    requireLink(fd, path, target);
    return { isThere: true, ownerProblem };
  } finally {
    closeSync(fd);
  }
}

/**
 * Makes sure that the descriptor is that of a link with this target, this name and no other name. Another user who may write to
 * the folder could have put another file there, and that file must not get the link's owner.
 */
function requireLink(fd: number, path: string, target: Buffer): void {
  const opened = fstatSync(fd, { bigint: true });
  if (!opened.isSymbolicLink() || opened.nlink > 1n || !isUnder(path, opened, target)) throw replacedError();
}

function isUnder(path: string, opened: Pick<Identity, 'dev' | 'ino'>, target: Buffer): boolean {
  try {
    return readlinkSync(path, 'buffer').equals(target) && sameFile(lstatSync(path, { bigint: true }), opened);
  } catch {
    return false;
  }
}
