import { RESTORE_DEFAULTS } from '../core/defaults.ts';
import { LINK_SUFFIX } from '../core/key.ts';
import { isOwnPath, isReservedPath } from '../core/reserved-names.ts';
import { pathTrouble } from '../core/safe-path.ts';
import { type Item, pass, settle } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import { type Stage, stage } from '../flow/stage.ts';
import { isStoredLink } from '../manifest/stored-entry.ts';
import type { Store } from '../s3/store.ts';
import { StoreError } from '../s3/store-error.ts';
import type { Chosen, Listed } from './item.ts';
import type { RestoreOutcome } from './outcomes.ts';
import type { RestoreSelection } from './selection.ts';
import { settleObjectByError } from './trouble.ts';

/** Options of stage 2. */
export interface ChooseOptions {
  readonly store: Store;
  readonly control: RunControl;
  /** Objects to restore. Default: all. */
  readonly selection?: RestoreSelection | undefined;
  /** Whether an object that holds the target of a symbolic link becomes a link. Default false: it becomes a file. */
  readonly links?: boolean | undefined;
}

/** Longest target of a link on Linux, without its NUL. */
const LINK_TARGET_BYTES = 4095;

/** Concurrent HEAD requests, for objects whose size the listing does not tell. */
const HEADS_AT_ONCE = 16;

/**
 * Stage 2 of a restore: chooses objects and makes sure that each has a path below the folder.
 *
 * - In: listed objects. Out: chosen ones. A key that ends in a slash is a folder.
 * - Settles as skipped: EXCLUDED, OWN_OBJECT. Settles as failed: UNSAFE_KEY, NAME_TOO_LONG, PATH_CONFLICT, NO_VERSION_THEN (it is
 *   unknown what the key held at the wanted time), NOT_FOUND, DOWNLOAD_FAILED, INTERRUPTED, RUN_FAILED.
 * - Looks at names only, and sends a HEAD request if the listing does not tell an object's size.
 */
export function choose(options: ChooseOptions): Stage<Listed, Chosen, RestoreOutcome> {
  const { control } = options;
  const chooseOne = (file: Listed): Choice | Promise<Choice> => {
    const choice = chosenByName(file, options);
    if (choice.settled || file.size !== undefined) return choice;
    if (control.stopping.aborted) return settle<RestoreOutcome>(file, 'failed', control.reason);
    return withSize(file, options.store).then(chooseOne, (error) =>
      settleObjectByError(file, error, options),
    );
  };
  return stage(HEADS_AT_ONCE, chooseOne);
}

type Choice = Item<Chosen, RestoreOutcome>;

/** Settles an object of which it is unknown what it was at the wanted time. */
export function noVersionThen({ path, key }: Listed): Item<never, RestoreOutcome> {
  const reason = 'the bucket keeps no versions of it, and it was written after that time';
  return settle<RestoreOutcome>({ path, key }, 'failed', { code: 'NO_VERSION_THEN', reason });
}

/** Chooses an object by what the listing tells of it, or settles it. An unknown size counts as 0. */
export function chosenByName(
  file: Listed,
  { selection, links = RESTORE_DEFAULTS.links }: Pick<ChooseOptions, 'selection' | 'links'>,
): Choice {
  const chosen = withKind(file, links);
  if (chosen.kind === 'folder' && chosen.path === '') return skip(file, 'OWN_OBJECT', 'the prefix itself');
  if (isOwn(chosen.path)) return skip(file, 'OWN_OBJECT', 'its name is reserved for files of this program');
  const trouble = pathTrouble(chosen.path);
  if (trouble !== undefined) return settle<RestoreOutcome>(pathless(file), 'failed', trouble);
  const unwanted = selection?.whyNot(chosen);
  if (unwanted !== undefined) return skip(file, 'EXCLUDED', unwanted);
  if (selection?.isOwn(chosen)) {
    const reason = 'the report or the log of this restore has its name; write it elsewhere';
    return settle<RestoreOutcome>(pathless(file), 'failed', { code: 'PATH_CONFLICT', reason });
  }
  if (file.isWantedVersionUnknown) return noVersionThen(chosen);
  return pass(chosen);
}

/** Looks up the size of an object that the listing does not tell. @throws StoreError */
export async function withSize(file: Listed, store: Store): Promise<Listed & { readonly size: number }> {
  const { key, versionId } = file;
  const { size } = await store.head({ key, versionId });
  if (size === undefined)
    throw new StoreError('NoSize', 'S3 does not tell the size of the object', undefined, 1);
  return { ...file, size };
}

/** Adds the kind of file that an object becomes. An unknown size counts as 0. @param links Whether a link is a kind of its own. */
export function withKind(listed: Listed, links: boolean): Chosen {
  const file = { ...listed, size: listed.size ?? 0 };
  const { path, size, recorded } = file;
  if (path === '' || (path.endsWith('/') && size === 0))
    return { ...file, kind: 'folder', path: path.slice(0, -1) };
  const isLink = recorded ? isStoredLink(recorded) : path.endsWith(LINK_SUFFIX);
  if (links && isLink && size <= LINK_TARGET_BYTES)
    return { ...file, kind: 'link', path: path.slice(0, -LINK_SUFFIX.length) };
  return { ...file, kind: 'file' };
}

function isOwn(path: string): boolean {
  return isOwnPath(path) || isReservedPath(path);
}

function skip(file: Listed, code: RestoreOutcome['code'], reason: string): Item<never, RestoreOutcome> {
  return settle<RestoreOutcome>(pathless(file), 'skipped', { code, reason });
}

/** Fields of an object for the report. A key that equals the prefix has no path, so the report shows the key instead. */
function pathless({ path, key, size, versionId }: Listed) {
  return { path: path === '' ? key : path, key, size, versionId };
}
