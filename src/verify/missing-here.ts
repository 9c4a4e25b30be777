import { lstatSync, type Stats } from 'node:fs';
import type { ResolvedOptions } from '../backup/resolve-options.ts';
import { systemCode } from '../core/errors.ts';
import { LINK_SUFFIX } from '../core/key.ts';
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
 * lstat an object instead of a list of all files in memory. What is excluded is none of them, nor a folder's marker, nor
 * what no restore brings back.
 */
export async function* missingHere(
  options: ResolvedOptions,
  { store, control, scope, strict }: MissingHereOptions,
): AsyncGenerator<Item<never>, void> {
  const { prefix } = options;
  try {
    for await (const object of store.list(prefix + scope.head)) {
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

/** A link that is stored is chosen by its own name. */
function isExcluded(path: string, { selection, root, links }: ResolvedOptions): boolean {
  const isLink = links === 'store' && path.endsWith(LINK_SUFFIX);
  const names = isLink ? [path, path.slice(0, -LINK_SUFFIX.length)] : [path];
  return names.every((name) => selection.whyNot(root, name) !== undefined);
}

function settleMissing(path: string, { key, size, etag = '' }: ListedObject, strict: boolean): Item<never> {
  const reason = 'there is no such file in the source (any more)';
  return settle({ path, key, size, etag }, strict ? 'failed' : 'skipped', { code: 'MISSING_HERE', reason });
}

/** Whether the source has a file of this path, or a link that is stored so, as the walk would find it: not through a link. */
function isHere(path: string, { root, links }: ResolvedOptions): boolean {
  // A key need not be a path, and no walk finds such a one.
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

/** A folder that cannot be looked into has been reported by the walk; what is in it is not known to be missing. */
function tellsAbsence(error: unknown): boolean {
  const cause = error instanceof SourceError ? error.cause : error;
  if (error instanceof SourceError && (error.code === 'NOT_FOUND' || error.code === 'OUTSIDE_SOURCE'))
    return true;
  return ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(systemCode(cause) ?? '');
}
