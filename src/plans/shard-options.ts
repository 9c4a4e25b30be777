import type { BackupOptions } from '../backup/options.ts';
import { type ResolvedOptions, resolveOptions } from '../backup/resolve-options.ts';
import { BackupError } from '../core/errors.ts';
import type { KeyRange } from '../core/key-range.ts';
import type { ShardId } from '../core/shard.ts';
import { RunControl } from '../flow/run-control.ts';
import { openStore } from '../run/open-store.ts';
import { accessErrorFrom, accessUnlessStopped } from '../s3/access.ts';
import { StoreError } from '../s3/store-error.ts';
import type { Plan } from './plan.ts';
import { readPlan } from './read-plan.ts';
import { requireSameWork } from './same-work.ts';

/** One shard of a stored plan. */
export interface Shard extends ShardId {
  /** Where the index is from, for messages: `--shard`. */
  readonly indexName: string;
}

/** The range of a run that was stopped before its plan was read: no key is in it. */
const NOTHING: KeyRange = { to: '' };

/**
 * Makes the options of the run that does the work of one shard: those given, with the range of the shard. The run does not fail
 * if it finds nothing, since files may have gone since the plan was made.
 *
 * @throws BackupError `BAD_OPTION` if the plan has no such shard, or the options allow no range; `PLAN_NOT_FOUND`,
 * `PLAN_UNREADABLE`, `PLAN_MISMATCH`; what keeps a run from its bucket
 */
export async function shardOptions(given: BackupOptions, shard: Shard): Promise<BackupOptions> {
  // The range of the shard is not known yet, but whether any is allowed.
  const options = resolveOptions({ ...given, range: {} });
  const range = await rangeOf(options, shard);
  const { plan, index } = shard;
  return { ...given, range, shard: { plan, index }, failIfEmpty: false };
}

async function rangeOf(options: ResolvedOptions, shard: Shard): Promise<KeyRange> {
  const control = new RunControl(options.signal);
  const { store } = openStore(options, control.aborting);
  try {
    await accessUnlessStopped(store, options.prefix, control);
    if (control.stopping.aborted) return NOTHING;
    const plan = await readPlan(store, options.prefix, shard.plan);
    requireSameWork(plan, options);
    return rangeIn(plan, shard);
  } catch (error) {
    if (control.aborting.aborted) return NOTHING;
    throw error instanceof StoreError ? accessErrorFrom(error, store) : error;
  } finally {
    control.close();
    store.close();
  }
}

/** @throws BackupError `BAD_OPTION` */
function rangeIn({ id, ranges }: Plan, { index, indexName }: Shard): KeyRange {
  const found = ranges[index];
  if (found === undefined)
    throw new BackupError(
      'BAD_OPTION',
      `${indexName} is ${index}; plan ${id} has shards from 0 to ${ranges.length - 1}.`,
    );
  const { from, to } = found;
  return { ...(from !== null && { from }), ...(to !== null && { to }) };
}
