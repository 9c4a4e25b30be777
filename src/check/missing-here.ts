import { lstatSync } from 'node:fs';
import { systemCode } from '../errors.ts';
import { type Item, settle } from '../item.ts';
import { endpointOf, type ResolvedOptions } from '../options.ts';
import type { PathScope } from '../path-scope.ts';
import type { RunControl } from '../run-control.ts';
import { accessErrorFrom } from '../s3/access.ts';
import type { ListedObject, Store } from '../s3/store.ts';
import { SourceError } from '../source/source-error.ts';
import { openSourceFolder } from '../source/source-file.ts';

export interface MissingHereOptions {
  readonly store: Store;
  readonly control: RunControl;
  readonly scope: PathScope;
  /** Whether each counts as a failure. After a move everything is missing here, as it should. */
  readonly strict: boolean;
}

/**
 * Goes through the objects below the prefix and yields, settled, each that no file of the source has: MISSING_HERE. One
 * lstat an object instead of a list of all files in memory. What is excluded is none of them, nor a folder's marker.
 */
export async function* missingHere(
  options: ResolvedOptions,
  { store, control, scope, strict }: MissingHereOptions,
): AsyncGenerator<Item<never>, void> {
  const { prefix, selection } = options;
  try {
    for await (const object of store.list(prefix + scope.head)) {
      if (control.stopping.aborted) return;
      const path = object.key.slice(prefix.length);
      const isMarker = path === '' || (path.endsWith('/') && object.size === 0);
      if (isMarker || !scope.includesObject(path) || selection.whyNot(path) !== undefined) continue;
      if (!isHere(path, options)) yield settleMissing(path, object, strict);
    }
  } catch (error) {
    if (!control.aborting.aborted) control.fail(accessErrorFrom(error, store.bucket, endpointOf(options)));
  }
}

function settleMissing(path: string, { key, size, etag = '' }: ListedObject, strict: boolean): Item<never> {
  const reason = 'there is no such file in the source (any more)';
  return settle({ path, key, size, etag }, strict ? 'failed' : 'skipped', { code: 'MISSING_HERE', reason });
}

/** Whether the source has a file of this path, as the walk would find it: not through a link. */
function isHere(path: string, { root, links }: ResolvedOptions): boolean {
  if (!isWalked(path)) return false;
  const slash = path.lastIndexOf('/');
  try {
    const folder = openSourceFolder(root, path.slice(0, Math.max(0, slash)));
    try {
      const stats = lstatSync(folder.entry(path.slice(slash + 1)), { throwIfNoEntry: false });
      return stats?.isFile() || (links === 'follow' && stats?.isSymbolicLink()) || false;
    } finally {
      folder.close();
    }
  } catch (error) {
    return !tellsAbsence(error);
  }
}

/** Whether a walk can come upon a path: a key need not be one. */
function isWalked(path: string): boolean {
  return (
    !path.includes('\0') && path.split('/').every((name) => name !== '' && name !== '.' && name !== '..')
  );
}

/** A folder that cannot be looked into has been reported by the walk; what is in it is not known to be missing. */
function tellsAbsence(error: unknown): boolean {
  const cause = error instanceof SourceError ? error.cause : error;
  if (error instanceof SourceError && (error.code === 'NOT_FOUND' || error.code === 'OUTSIDE_SOURCE'))
    return true;
  return ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(systemCode(cause) ?? '');
}
