import { compareKeys } from '../core/key.ts';
import type { PathScope } from '../core/path-scope.ts';
import { type Item, pass, settle } from '../flow/item.ts';
import { headIfThere } from '../s3/head-if-there.ts';
import { noVersionThen, withKind, withSize } from './choose.ts';
import type { Chosen, Listed } from './item.ts';
import { type ObjectsOptions, objects } from './objects.ts';
import type { RestoreOutcome } from './outcomes.ts';
import { settleObjectByError } from './trouble.ts';

/** Which objects are wanted, and in which state. */
export interface NamedOptions extends Omit<ObjectsOptions, 'pathPrefixes'> {
  /** Path of one object below the prefix. Default: those that the pattern matches. */
  readonly key?: string | undefined;
  /** The paths that the pattern matches. */
  readonly scope: PathScope;
}

type Named = Item<Chosen, RestoreOutcome>;

/**
 * Finds one object by its key, or those that a pattern matches, in the order of their keys (if the store lists in another order,
 * in that one). Any key will do: what is found is not written to a file system.
 *
 * - Of what a pattern matches, folders have no content and are left out. An object that holds the target of a symbolic link is
 *   settled as skipped: EXCLUDED. The program's own objects are found if the pattern names them.
 * - Settles as failed: NO_VERSION_THEN, DOWNLOAD_FAILED (no answer), INTERRUPTED, RUN_FAILED.
 * - An error of the listing or the manifest ends the run.
 * - Memory: one page of 1,000 objects; with a record about 300 bytes for each object that matches.
 */
export async function* namedObjects(options: NamedOptions): AsyncGenerator<Named, void> {
  const { key, record, versionAt } = options;
  if (key === undefined) yield* matching(options);
  else if (record === undefined && versionAt === undefined) yield* current(key, options);
  else yield* inState(key, options);
}

/** Asks for the object itself: a listing that begins at its key also has all that comes behind it. */
async function* current(path: string, options: NamedOptions): AsyncGenerator<Named, void> {
  const { store, prefix } = options;
  const key = prefix + path;
  const unknown = { etag: undefined, size: undefined, lastModified: undefined, storageClass: undefined };
  try {
    const state = await headIfThere(store, { key });
    if (state === undefined) return;
    const { etag, size = 0, storageClass } = state;
    yield pass<Chosen>({ ...unknown, key, path, etag, size, storageClass, kind: 'file' });
  } catch (error) {
    yield settleObjectByError({ ...unknown, key, path }, error, options);
  }
}

async function* inState(path: string, options: NamedOptions): AsyncGenerator<Named, void> {
  const { store, record } = options;
  for await (const file of listed(options, path)) {
    if (file.path === path) {
      yield await asFile(file, options);
      return;
    }
    // What else begins with this path comes behind it.
    if (record === undefined && store.listsInOrder) return;
  }
}

async function* matching(options: NamedOptions): AsyncGenerator<Named, void> {
  const { scope, record } = options;
  const found = listed(options, scope.head);
  for await (const file of record ? await inOrder(found, scope) : found) {
    if (!scope.includesObject(file.path)) continue;
    const { kind } = withKind(file, true);
    if (kind === 'link') yield leftOut(file);
    else if (kind === 'file') yield await asFile(file, options);
  }
}

async function* listed(options: NamedOptions, head: string): AsyncGenerator<Listed, void> {
  for await (const item of objects({ ...options, pathPrefixes: [head] }) as AsyncIterable<Item<Listed>>)
    if (!item.settled) yield item.file;
}

/** A record has its files in the order in which they were settled. */
async function inOrder(found: AsyncIterable<Listed>, scope: PathScope): Promise<readonly Listed[]> {
  const files: Listed[] = [];
  for await (const file of found) if (scope.includesObject(file.path)) files.push(file);
  return files.sort((a, b) => compareKeys(a.key, b.key));
}

async function asFile(file: Listed, options: NamedOptions): Promise<Named> {
  if (file.isWantedVersionUnknown) return noVersionThen(file);
  const { size } = file;
  if (size !== undefined) return pass<Chosen>({ ...file, size, kind: 'file' });
  try {
    return pass<Chosen>({ ...(await withSize(file, options.store)), kind: 'file' });
  } catch (error) {
    return settleObjectByError(file, error, options);
  }
}

function leftOut({ path, key, size, versionId }: Listed): Named {
  const reason = 'it holds the target of a symbolic link; its own key names it';
  return settle<RestoreOutcome>({ path, key, size, versionId }, 'skipped', { code: 'EXCLUDED', reason });
}
