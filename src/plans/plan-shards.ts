import { randomBytes } from 'node:crypto';
import type { BackupOptions } from '../backup/options.ts';
import { type ResolvedOptions, resolveOptions } from '../backup/resolve-options.ts';
import { DEFAULTS, PLAN_DEFAULTS } from '../core/defaults.ts';
import { BackupError } from '../core/errors.ts';
import { MOST_SHARDS } from '../core/shard.ts';
import { Start } from '../core/start.ts';
import { VERSION } from '../core/version.ts';
import { RunControl } from '../flow/run-control.ts';
import { planLeaseKey } from '../lease/lease-key.ts';
import { runId } from '../manifest/record-keys.ts';
import { openLease } from '../run/open-lease.ts';
import { openStore } from '../run/open-store.ts';
import { inRange } from '../run/options.ts';
import { accessErrorFrom, accessUnlessStopped } from '../s3/access.ts';
import type { Store } from '../s3/store.ts';
import { StoreError } from '../s3/store-error.ts';
import { namesOf } from '../source/sources.ts';
import { weighByFolders } from './by-folders.ts';
import { weighByRun } from './by-run.ts';
import { type FindOptions, weighByWalk } from './by-walk.ts';
import { cut } from './cut.ts';
import type { Plan, PlannedBy } from './plan.ts';
import { settingsHash } from './settings-hash.ts';
import { startOrder } from './start-order.ts';
import { storePlan } from './store-plan.ts';
import type { Weight } from './weight.ts';

/** Most shards: an array of AWS Batch has no more. */
/** Number of shards for which folders are weighed if only their size is given. */
const LIKELY_SHARDS = 256;

/** How a plan is to divide the files. */
export interface PlanRequest {
  /** Number of shards, 1 to 10,000. There are fewer if there are fewer files. Default 16, unless `shardFiles` is given. */
  readonly shards?: number | undefined;
  /** Number of files that a shard has on average. Not together with `shards`. */
  readonly shardFiles?: number | undefined;
  /**
   * How files are counted. `walk` looks at each file; `folders` lists the upper folders, and estimates the others; `run` reads the
   * manifest of an earlier run. Default `walk`.
   */
  readonly by?: PlannedBy | undefined;
  /** The run whose manifest is read: `latest` (default), or an id. Only with `by: 'run'`. */
  readonly run?: string | undefined;
  /** Called for each file that a walk or a manifest counts; not for what folders are estimated to hold. */
  readonly onFile?: (() => void) | undefined;
}

/** A stored plan. */
export interface StoredPlan {
  readonly plan: Plan;
  readonly key: string;
  /** Whether the store heeds conditions on writes, so that it can hold the leases of shards. */
  readonly holdsLeases: boolean;
}

/**
 * Divides the files of a backup into ranges of keys of about equal work, and stores the plan below the prefix. Sends nothing
 * else, and changes nothing here.
 *
 * @returns undefined if the signal of the options has stopped it: nothing was stored
 * @throws BackupError `BAD_OPTION`, `PLAN_FAILED`; `NOTHING_FOUND` with `failIfEmpty`; `SOURCE_...` if a source cannot be read; what keeps a run from its bucket
 */
export async function planShards(
  given: BackupOptions,
  request: PlanRequest = {},
): Promise<StoredPlan | undefined> {
  const options = resolveOptions(given);
  requirePlannable(options, request);
  const control = new RunControl(given.signal);
  // An archived plan could not be read by its shards.
  const { storageClass: _, ...object } = options.object ?? {};
  const { store } = openStore({ ...options, object }, control.aborting);
  try {
    await accessUnlessStopped(store, options.prefix, control);
    const weights = await weigh(store, request, {
      options,
      control,
      onFile: request.onFile ?? (() => undefined),
    });
    if (control.stopping.aborted) return undefined;
    if (options.failIfEmpty && weights.length === 0) throw nothingFound(options);
    const plan = planOf(options, { request, weights, start: new Date(Date.now() + store.clock.aheadMs) });
    const key = await storePlan(store, plan, control);
    return { plan, key, holdsLeases: await holdsLeases(options, plan, control) };
  } catch (error) {
    throw error instanceof StoreError ? accessErrorFrom(error, store) : error;
  } finally {
    control.close();
    store.close();
  }
}

/** Whether the store can hold leases: takes that of the plan, which the merge of its shards takes again. */
async function holdsLeases(
  options: ResolvedOptions,
  { prefix, id }: Plan,
  control: RunControl,
): Promise<boolean> {
  try {
    const request = { key: planLeaseKey(prefix, id), waitSeconds: 0 };
    const { close } = await openLease(options, request, { control, start: new Start() });
    await close();
    return true;
  } catch (error) {
    if (error instanceof BackupError && error.code === 'LEASE_UNSUPPORTED') return false;
    throw error;
  }
}

function nothingFound({ roots }: ResolvedOptions): BackupError {
  return new BackupError('NOTHING_FOUND', `Nothing to plan: there is no file in ${namesOf(roots)}.`, {
    hint: 'Check that the source is mounted, and the patterns, sizes and ages that select files.',
  });
}

/** @throws BackupError `BAD_OPTION` */
function requirePlannable({ list, range, keyFolding }: ResolvedOptions, request: PlanRequest): void {
  const { shards, shardFiles } = request;
  if (shards !== undefined && shardFiles !== undefined)
    throw new BackupError('BAD_OPTION', 'shards and shardFiles were given; only one of them is allowed.');
  if (shards !== undefined) inRange({ shards }, 'shards', 1, MOST_SHARDS);
  if (shardFiles !== undefined) inRange({ shardFiles }, 'shardFiles', 1, Number.MAX_SAFE_INTEGER);
  if (list || range)
    throw new BackupError(
      'BAD_OPTION',
      `A plan divides all files of its sources; omit ${list ? 'the list' : 'the range'}.`,
    );
  if (keyFolding !== DEFAULTS.keyFolding)
    throw new BackupError('BAD_OPTION', `keyFolding is "${keyFolding}"; in a plan only "none" is allowed.`, {
      hint: 'No shard sees the files of the others, whose folded keys may be the same.',
    });
}

function weigh(
  store: Store,
  { by = 'walk', run = 'latest', shards = LIKELY_SHARDS }: PlanRequest,
  find: FindOptions,
): Promise<readonly Weight[]> {
  if (by === 'run') return weighByRun(store, { ...find, prefix: find.options.prefix, run });
  return by === 'folders' ? weighByFolders(find, shards) : weighByWalk(find);
}

function planOf(
  options: ResolvedOptions,
  {
    request,
    weights,
    start,
  }: { readonly request: PlanRequest; readonly weights: readonly Weight[]; readonly start: Date },
): Plan {
  const { by = 'walk', shardFiles, shards = PLAN_DEFAULTS.shards } = request;
  const files = weights.reduce((sum, weight) => sum + weight.files, 0);
  const wanted = shardFiles === undefined ? shards : Math.max(1, Math.ceil(files / shardFiles));
  if (wanted > MOST_SHARDS)
    throw new BackupError(
      'BAD_OPTION',
      `${Math.round(files)} files in shards of ${shardFiles} make ${wanted} shards; at most ${MOST_SHARDS} are allowed.`,
    );
  // Names tell no sizes.
  const ranges = cut(weights, wanted).map((range) => (by === 'folders' ? { ...range, bytes: null } : range));
  return {
    s3_backup_plan: 1,
    id: runId(start.toISOString(), randomBytes(4).toString('hex')),
    tool_version: VERSION,
    source: namesOf(options.roots),
    bucket: options.bucket,
    prefix: options.prefix,
    settings: settingsHash(options),
    by,
    files: Math.round(files),
    bytes: by === 'folders' ? null : ranges.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
    ranges: startOrder(ranges),
  };
}
