import { lstatSync, type Stats } from 'node:fs';
import type { ResolvedOptions } from '../backup/resolve-options.ts';
import { systemCode } from '../core/errors.ts';
import { LINK_SUFFIX } from '../core/key.ts';
import { rangeBelow } from '../core/key-range.ts';
import type { PathScope } from '../core/path-scope.ts';
import { nameOf, parentOf } from '../core/paths.ts';
import { isReservedPath } from '../core/reserved-names.ts';
import { pathTrouble } from '../core/safe-path.ts';
import { type Item, settle } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import { accessErrorFrom } from '../s3/access.ts';
import type { ListedObject, Store } from '../s3/store.ts';
import type { SourceRoot } from '../source/root.ts';
import { SourceError } from '../source/source-error.ts';
import { openSourceFolder } from '../source/source-folder.ts';

/** How objects without a local file are found. */
export interface MissingHereOptions {
  readonly store: Store;
  readonly control: RunControl;
  /** Paths that are verified. */
  readonly scope: PathScope;
  /** Whether each such object counts as a failure. After a move all files are missing here, as they should be. */
  readonly strict: boolean;
}

/**
 * Lists the objects below the prefix and yields a settled item (MISSING_HERE) for each that no file of the source has. Looks up
 * each object's file instead of keeping a list of all files in memory. Excluded objects, folder markers and files of this
 * program are left out. An error of the listing ends the run.
 */
export async function* missingHere(
  options: ResolvedOptions,
  { store, control, scope, strict }: MissingHereOptions,
): AsyncGenerator<Item<never>, void> {
  const { prefix, range = {} } = options;
  try {
    for await (const object of store.list(prefix + scope.head, rangeBelow(range, scope.head))) {
      if (control.stopping.aborted) return;
      const path = object.key.slice(prefix.length);
      const isMarker = path === '' || (path.endsWith('/') && (object.size ?? 0) === 0);
      if (isMarker || isReservedPath(path) || !scope.includesObject(path) || isExcluded(path, options))
        continue;
      if (!isHere(path, options)) yield settleMissing(path, object, strict);
    }
  } catch (error) {
    if (!control.aborting.aborted) control.fail(accessErrorFrom(error, store));
  }
}

/** Whether the selection excludes an object. A stored link is chosen by the link's name, without the suffix. */
function isExcluded(path: string, { selection, root, links }: ResolvedOptions): boolean {
  const isLink = links === 'store' && path.endsWith(LINK_SUFFIX);
  const names = isLink ? [path, path.slice(0, -LINK_SUFFIX.length)] : [path];
  return names.every((name) => selection.whyNot(root, name) !== undefined);
}

function settleMissing(path: string, { key, size, etag = '' }: ListedObject, strict: boolean): Item<never> {
  const reason = 'there is no such file in the source (any more)';
  return settle({ path, key, size, etag }, strict ? 'failed' : 'skipped', { code: 'MISSING_HERE', reason });
}

/** Whether the source has a file of this path, or a link that would be stored under it. Links on the way are not followed. */
function isHere(path: string, { root, links }: ResolvedOptions): boolean {
  // Such a key is not a valid path, so no local file can have it.
  if (pathTrouble(path) !== undefined) return false;
  const stats = lookInSource(root, path);
  if (stats === 'unknown' || stats?.isFile()) return true;
  if (links === 'follow') return stats?.isSymbolicLink() ?? false;
  if (links !== 'store' || !path.endsWith(LINK_SUFFIX)) return false;
  const link = lookInSource(root, path.slice(0, -LINK_SUFFIX.length));
  return link === 'unknown' || (link?.isSymbolicLink() ?? false);
}

function lookInSource(root: SourceRoot, path: string): Stats | undefined | 'unknown' {
  try {
    const folder = openSourceFolder(root, parentOf(path));
    try {
      return lstatSync(folder.entry(nameOf(path)), { throwIfNoEntry: false });
    } finally {
      folder.close();
    }
  } catch (error) {
    return tellsAbsence(error) ? undefined : 'unknown';
  }
}

/**
 * Whether an error shows that a file is absent. A folder that cannot be read does not: its files are not known to be missing, and
 * the walk has reported it.
 */
function tellsAbsence(error: unknown): boolean {
  const cause = error instanceof SourceError ? error.cause : error;
  if (error instanceof SourceError && (error.code === 'NOT_FOUND' || error.code === 'OUTSIDE_SOURCE'))
    return true;
  return ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(systemCode(cause) ?? '');
}
