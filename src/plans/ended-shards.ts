import { compareKeys } from '../core/key.ts';
import { mapInOrder } from '../flow/map-in-order.ts';
import { recordsFolder } from '../manifest/record-keys.ts';
import { readRunEnd } from '../manifest/run-end.ts';
import { isLater, listRuns, type StoredRun } from '../manifest/runs.ts';
import type { Store } from '../s3/store.ts';
import type { Plan } from './plan.ts';

/** Shards whose records are looked at side by side: two or three requests each. */
const AT_ONCE = 16;

/** What the records of a shard tell. */
export interface ShardRuns {
  readonly index: number;
  /** Its runs, the latest first. */
  readonly runs: readonly StoredRun[];
  /** The latest run that has come to its end, whatever failed; undefined if the shard has to run, again or at all. */
  readonly complete: StoredRun | undefined;
  /** When that run ended, by the store's clock: milliseconds since 1970. 0 if there is none. */
  readonly ended: number;
}

/**
 * Looks at the records of all shards of a plan, in the order of their ranges. Reads the beginning of one manifest for each shard
 * whose last run has ended well, and of the earlier ones only if it has not.
 *
 * @throws StoreError
 */
export function shardsOf(store: Store, plan: Plan): AsyncGenerator<ShardRuns, void> {
  return mapInOrder(inKeyOrder(plan), AT_ONCE, (index) => shardRuns(store, plan, index));
}

/** Indices of the shards in the order of their ranges. */
async function* inKeyOrder({ ranges }: Plan): AsyncGenerator<number, void> {
  const indices = [...ranges.keys()];
  const from = (index: number) => ranges[index]?.from ?? '';
  yield* indices.sort((a, b) => compareKeys(from(a), from(b)));
}

async function shardRuns(store: Store, { id, prefix }: Plan, index: number): Promise<ShardRuns> {
  const runs: StoredRun[] = [];
  for await (const run of listRuns(store, prefix, recordsFolder({ plan: id, index }))) runs.push(run);
  runs.sort((a, b) => (isLater(a, b) ? -1 : 1));
  for (const run of runs) {
    const { isComplete, ended } = await readRunEnd(store, prefix, run);
    if (isComplete) return { index, runs, complete: run, ended };
  }
  return { index, runs, complete: undefined, ended: 0 };
}
