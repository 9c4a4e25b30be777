import { readSegments } from '../manifest/read-segments.ts';
import { listRuns, type StoredRun } from '../manifest/runs.ts';
import type { Store } from '../s3/store.ts';
import { SeenPaths } from '../source/seen-paths.ts';
import type { IsStored } from '../stages/moved-before.ts';

/** Most unfinished runs that are read: the newest. */
const MOST_RUNS = 10;

const RECORDED =
  'it does not exist here, and a run that did not end has recorded that S3 holds it and that it is deleted here';

/**
 * Makes a function that tells whether an earlier attempt has moved a file: by the segments of runs that were killed, which are read
 * when the first missing file is met, or else by what S3 holds.
 *
 * - Memory: 8 to 16 bytes for each file of these runs.
 *
 * @param prefix Prefix of the backup, as `normalPrefix` returns it.
 * @param isStored Asks S3.
 */
export function movedEarlier(store: Store, prefix: string, isStored: IsStored): IsStored {
  let recorded: Promise<SeenPaths> | undefined;
  return async (key) => {
    recorded ??= deletedKeys(store, prefix);
    return (await recorded).has(key) ? RECORDED : isStored(key);
  };
}

/** Reads the keys of files whose deletion is recorded in segments. What cannot be read is left out, since S3 is then asked. */
async function deletedKeys(store: Store, prefix: string): Promise<SeenPaths> {
  const keys = new SeenPaths();
  try {
    const unfinished: StoredRun[] = [];
    for await (const run of listRuns(store, prefix)) if (run.isUnfinished) unfinished.push(run);
    for (const run of unfinished.slice(-MOST_RUNS)) await addDeletedKeys(store, prefix, run, keys);
  } catch {
    // S3 is asked about every file instead.
  }
  return keys;
}

async function addDeletedKeys(store: Store, prefix: string, run: StoredRun, keys: SeenPaths): Promise<void> {
  try {
    const { entries } = await readSegments(store, prefix, run);
    for await (const { key, fate } of entries) if (key !== null && fate === 'deleted') keys.add(key);
  } catch {
    // A segment may be damaged, or no record of ours. The next run may have better ones.
  }
}
