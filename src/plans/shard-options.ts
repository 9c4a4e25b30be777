import type { BackupOptions } from '../backup/options.ts';
import { resolveOptions } from '../backup/resolve-options.ts';
import { DEFAULTS } from '../core/defaults.ts';
import { BackupError } from '../core/errors.ts';
import { normalPrefix } from '../core/key.ts';
import type { KeyRange } from '../core/key-range.ts';
import type { ShardId } from '../core/shard.ts';
import { RunControl } from '../flow/run-control.ts';
import { type OpenStoreOptions, openStore } from '../run/open-store.ts';
import { accessErrorFrom, accessUnlessStopped } from '../s3/access.ts';
import { StoreError } from '../s3/store-error.ts';
import type { Plan } from './plan.ts';
import { readPlan } from './read-plan.ts';
import { requireSame, requireSameWork } from './same-work.ts';

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
  const range = await rangeOf(options, shard, (plan) => requireSameWork(plan, options));
  const { plan, index } = shard;
  return { ...given, range, shard: { plan, index }, failIfEmpty: false };
}

/** The bucket of a plan, and how it is reached. */
export interface PlanPlace extends OpenStoreOptions {
  readonly bucket: string;
  /** Prefix of the backup. Default ''. */
  readonly prefix?: string | undefined;
  /** Its abort ends the reading. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds the range of one shard for a command that reads what the runs of the plan have stored. Of the plan, bucket and prefix must
 * be the same; the settings that decide what a run stores do not matter.
 *
 * @param source The folders as a report names them, if they must be those of the plan, too.
 * @returns a range without keys if the signal has stopped it
 * @throws BackupError `BAD_OPTION` if the plan has no such shard; `PLAN_NOT_FOUND`, `PLAN_UNREADABLE`, `PLAN_MISMATCH`; what keeps
 * a run from its bucket
 */
export function shardRange(place: PlanPlace, shard: Shard, source?: string): Promise<KeyRange> {
  const { bucket } = place;
  const prefix = normalPrefix(place.prefix ?? DEFAULTS.prefix);
  return rangeOf({ ...place, prefix }, shard, (plan) =>
    requireSame(plan, { ...(source !== undefined && { source }), bucket, prefix }),
  );
}

async function rangeOf(
  options: PlanPlace & { readonly prefix: string },
  shard: Shard,
  requireFitting: (plan: Plan) => void,
): Promise<KeyRange> {
  const control = new RunControl(options.signal);
  const { store } = openStore(options, control.aborting);
  try {
    await accessUnlessStopped(store, options.prefix, control);
    if (control.stopping.aborted) return NOTHING;
    const plan = await readPlan(store, options.prefix, shard.plan);
    requireFitting(plan);
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
