import type { ResolvedOptions } from '../backup/resolve-options.ts';
import { BackupError } from '../core/errors.ts';
import { below, parentOf } from '../core/paths.ts';
import { leaseKey } from '../lease/lease-key.ts';
import { readStoredRun } from '../manifest/read-manifest.ts';
import type { StoredRun } from '../manifest/runs.ts';
import type { OpenRun } from '../run/lifecycle.ts';
import { type OpenLease, openLease } from '../run/open-lease.ts';
import { StoreError } from '../s3/store-error.ts';
import { lookAt } from '../source/look.ts';
import { recoverShards } from '../source/recover-shards.ts';
import { absolutePath, type SourceRoot } from '../source/root.ts';
import type { ShardRuns } from './ended-shards.ts';
import { placeOf } from './shard-folders.ts';

/** Collaborators of a recovery. */
export interface RecoverOptions {
  readonly options: ResolvedOptions;
  readonly run: Pick<OpenRun, 'store' | 'control' | 'start'>;
  /** Id of the plan. */
  readonly plan: string;
}

/** Indices of shards whose killed runs have left files moved aside. */
interface LeftClaims {
  /** A file is back, or another run may still work on it. */
  readonly open: Set<number>;
  /** A file cannot be put back. */
  readonly blocked: Set<number>;
}

interface Folder {
  readonly root: SourceRoot;
  readonly path: string;
}

/**
 * Gives the files that killed runs of a plan have moved aside for deletion their names back. Only shards with such runs cost
 * anything. Ends early if the run is stopped.
 *
 * @returns the shards that have to run again: a file is back, or another run may still work on it; or it cannot be put back, and no
 * later run of the shard has reported that
 * @throws BackupError `MANIFEST_UNREADABLE`, `LEASE_UNSUPPORTED`; StoreError
 */
export async function recoverPlan(
  shards: readonly ShardRuns[],
  options: RecoverOptions,
): Promise<readonly ShardRuns[]> {
  const found: LeftClaims = { open: new Set(), blocked: new Set() };
  for (const { index, runs } of shards)
    for (const run of runs.filter(({ isUnfinished }) => isUnfinished))
      for await (const folder of foldersOf(run, options)) {
        if (options.run.control.stopping.aborted) return [];
        await recoverFolder(folder, index, found, options);
      }
  return shards.filter(
    (shard) => found.open.has(shard.index) || (found.blocked.has(shard.index) && !hasReported(shard)),
  );
}

/** Whether a run has come to its end, and so has reported what cannot be put back, since the last one was killed. */
function hasReported({ runs, complete }: ShardRuns): boolean {
  const killed = runs.findIndex(({ isUnfinished }) => isUnfinished);
  return complete !== undefined && killed > runs.indexOf(complete);
}

/**
 * Yields the folders that are still there and from which a killed run has deleted files, each once. A run records a deletion before it
 * moves the file aside, so no other folder can have claims of it.
 */
async function* foldersOf(
  run: StoredRun,
  { options: { roots, prefix }, run: { store } }: RecoverOptions,
): AsyncGenerator<Folder, void> {
  const seen = new Set<string>();
  const { entries } = await readStoredRun(store, prefix, run);
  for await (const { path: recorded, fate } of entries) {
    const place = fate === 'deleted' ? placeOf(roots, recorded) : undefined;
    if (place === undefined || seen.has(parentOf(recorded))) continue;
    seen.add(parentOf(recorded));
    const { root } = place;
    const path = parentOf(place.path);
    if (lookAt(absolutePath(root, path)) !== undefined) yield { root, path };
  }
}

/** @param index The shard whose killed run has named the folder. Others may have claims in it, too. */
async function recoverFolder(
  { root, path }: Folder,
  index: number,
  { open, blocked }: LeftClaims,
  { options, run, plan }: RecoverOptions,
): Promise<void> {
  const leases: OpenLease[] = [];
  const isFree = async (shard: number) => {
    if (options.lock !== 'bucket') return true;
    const lease = await leaseOf({ plan, index: shard }, options, run);
    if (lease) leases.push(lease);
    return lease !== undefined;
  };
  try {
    for (const [shard, recovery] of await recoverShards(root, path, plan, isFree)) {
      for (const name of recovery.restored)
        options.logger.warn(
          { operation: 'recover', path: (root.label ?? '') + below(path, name) },
          'recovered from a run that crashed',
        );
      const { restored, waiting, gone } = recovery;
      if (restored.length + waiting.length + gone.length > 0) open.add(shard);
      if (recovery.blocked.length > 0) blocked.add(shard);
    }
  } catch (error) {
    if (error instanceof BackupError || error instanceof StoreError) throw error;
    // Nothing can be in a folder that is gone by now.
    if (lookAt(absolutePath(root, path)) !== undefined) blocked.add(index);
  } finally {
    for (const { close } of leases) await close();
  }
}

/** Takes the lease of a shard. Undefined if another run holds it: that one puts its files back by itself, or deletes them. */
async function leaseOf(
  shard: { readonly plan: string; readonly index: number },
  options: ResolvedOptions,
  run: RecoverOptions['run'],
): Promise<OpenLease | undefined> {
  try {
    return await openLease(options, { key: leaseKey(options.prefix, shard), waitSeconds: 0 }, run);
  } catch (error) {
    if (error instanceof BackupError && error.code === 'LOCKED') return undefined;
    throw error;
  }
}
