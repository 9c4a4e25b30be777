import { batchLimit } from '../flow/descriptor-limits.ts';
import { type Item, pass, settle } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import { type Stage, stage } from '../flow/stage.ts';
import type { ManifestEntry } from '../manifest/manifest.ts';
import { type EntryWithObject, expectedOf, isStored } from '../manifest/stored-entry.ts';
import { objectUnder } from '../proof/object-under-key.ts';
import { isSameEtag } from '../proof/rules/etag.ts';
import { judge } from '../proof/rules/judge.ts';
import type { ObjectState } from '../proof/rules/object-state.ts';
import { headIfThere } from '../s3/head-if-there.ts';
import type { KeyLookup } from '../s3/key-lookup.ts';
import type { ListedVersion, Store } from '../s3/store.ts';
import { fatalFrom, StoreError } from '../s3/store-error.ts';
import type { Chosen } from './item.ts';
import type { RestoreOutcome } from './outcomes.ts';
import { settleObjectByError } from './trouble.ts';

/** Options of `findRecorded` and `recordedWrite`. */
export interface FindRecordedOptions {
  readonly store: Store;
  /** Looks up many keys with one listing request. Default: one HEAD request per object. */
  readonly lookup?: KeyLookup | undefined;
  readonly control: RunControl;
}

/**
 * Stage between 3 and 4 of a restore with `run`: finds the write of each object that holds what that run stored, as
 * `recordedWrite` does.
 */
export function findRecorded(options: FindRecordedOptions): Stage<Chosen, Chosen, RestoreOutcome> {
  return stage(batchLimit(), (file: Chosen) => recordedWrite(file, options));
}

/**
 * Finds the write of an object that holds what a run stored.
 *
 * - In: a chosen object, as that run recorded it. Out: the same if S3 still holds it, pinned to one write: the current object if
 *   `verify --run` would call it the same, else the recorded version, else another version with the recorded ETag.
 * - Settles as skipped: NOT_STORED. Settles as failed: OBJECT_REPLACED, NOT_FOUND, DOWNLOAD_FAILED (no answer), INTERRUPTED,
 *   RUN_FAILED.
 */
export async function recordedWrite(
  file: Chosen,
  options: FindRecordedOptions,
): Promise<Item<Chosen, RestoreOutcome>> {
  const { control } = options;
  const { recorded } = file;
  if (control.stopping.aborted) return settle<RestoreOutcome>(file, 'failed', control.reason);
  if (recorded === undefined || !isStored(recorded)) return notStored(file, recorded);
  try {
    return await pin(file, recorded, options);
  } catch (error) {
    return settleObjectByError(file, error, options);
  }
}

function notStored(file: Chosen, recorded: ManifestEntry | undefined): Item<never, RestoreOutcome> {
  const reason = `that run has not stored it (${recorded?.code ?? recorded?.fate})`;
  const size = recorded?.size ?? undefined;
  return settle<RestoreOutcome>({ ...file, size }, 'skipped', { code: 'NOT_STORED', reason });
}

async function pin(
  file: Chosen,
  entry: EntryWithObject,
  options: FindRecordedOptions,
): Promise<Item<Chosen, RestoreOutcome>> {
  const { store } = options;
  const { key, versionId } = file;
  const newest = await objectUnder(key, options);
  const flaw = newest && flawOf(newest, entry);
  if (newest && flaw === undefined) {
    // A listing has no version ids. If the same content was written again, its ETag may be another one, and the recorded version
    // is then not the current one.
    const itsVersion = newest.versionId ?? (isSameEtag(newest.etag, entry.etag) ? versionId : undefined);
    return pass(pinned(file, newest, itsVersion));
  }
  const version = versionId === undefined ? undefined : await headIfThere(store, { key, versionId });
  if (version && flawOf(version, entry) === undefined) return pass(pinned(file, version, versionId));
  const other = await versionLike(entry, store);
  if (typeof other === 'object') return pass(pinned(file, other, other.versionId));
  const code = newest ? 'OBJECT_REPLACED' : 'NOT_FOUND';
  const now = newest
    ? `other content is under its key by now (${flaw})`
    : 'nothing is under its key any more';
  return settle<RestoreOutcome>(file, 'failed', { code, reason: `${now}, and ${other}` });
}

function flawOf(found: ObjectState, entry: EntryWithObject): string | undefined {
  const judgement = judge(found, expectedOf(entry));
  return judgement.kind === 'differs' ? judgement.reason : undefined;
}

function pinned(
  file: Chosen,
  { etag = file.etag, storageClass }: Pick<ObjectState, 'etag' | 'storageClass'>,
  versionId: string | undefined,
): Chosen {
  return { ...file, etag, storageClass, versionId };
}

/** Answers to a user who may not list versions, and answers of stores that have none. */
const REFUSALS: ReadonlySet<number> = new Set([400, 403, 404, 405, 501]);

/**
 * Finds a version with the recorded ETag and size. Needed if the run learnt of the object from a listing, which has no version
 * ids.
 *
 * @returns the newest such version, or the reason why there is none
 * @throws StoreError
 */
async function versionLike(
  { key, etag, size }: EntryWithObject,
  store: Store,
): Promise<ListedVersion | string> {
  try {
    for await (const version of store.listVersions(key)) {
      // The versions of `key` itself come first; those of longer keys follow.
      if (version.key !== key) break;
      if (isSameEtag(version.etag, etag) && (version.size ?? size) === size) return version;
    }
    return 'no version of what that run has stored is there';
  } catch (error) {
    if (!(error instanceof StoreError && REFUSALS.has(error.status ?? 0)) || fatalFrom(error, store.bucket))
      throw error;
    return `whether a version is there is not known (${error.message})`;
  }
}
