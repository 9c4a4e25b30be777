import { BackupError } from '../core/errors.ts';
import { listFolder } from '../s3/list-folder.ts';
import type { Store } from '../s3/store.ts';
import { endIn } from './end-metadata.ts';
import type { RunCounts } from './manifest.ts';
import {
  manifestKey,
  RECORD_ENDING,
  RUNS_FOLDER,
  SEGMENTS_NAME,
  segmentsFolder,
  startOfRun,
} from './record-keys.ts';
import { addCounts, listSegments } from './segments.ts';

/** A run whose manifest, or a segment of it, is stored in the bucket. */
export interface StoredRun {
  /**
   * `20261130T021500Z-1a2b3c4d`: start of the run, by the store's clock if it was known, and eight random hexadecimal digits for
   * runs that begin in the same second.
   */
  readonly id: string;
  /** Key of the manifest; of an unfinished run the beginning of its segments' keys. */
  readonly key: string;
  /** Start of the run: ISO 8601, UTC. */
  readonly start: string;
  /**
   * When the manifest, or the first segment, was written, by the store's clock: milliseconds since 1970; undefined if the store
   * does not report it.
   */
  readonly stored: number | undefined;
  /** Whether only segments are stored: the run was killed, could not store its manifest, or is still at work. */
  readonly isUnfinished: boolean;
}

/** What a listing shows of a run. */
type ListedRun = Pick<StoredRun, 'start' | 'stored' | 'isUnfinished'>;

/**
 * Lists the runs that have stored their manifest, or a segment of it, below a prefix. The oldest comes first. Their ids are kept
 * in memory.
 *
 * @param prefix Prefix of the backup, as `normalPrefix` returns it.
 * @param folder Folder of the records, as `recordsFolder` returns it. Default: that of runs on no shard.
 * @throws StoreError
 */
export async function* listRuns(
  store: Store,
  prefix: string,
  folder = RUNS_FOLDER,
): AsyncGenerator<StoredRun, void> {
  const listed = [...(await runsBelow(store, prefix + folder))].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [id, { start, stored, isUnfinished }] of listed) {
    const run = { id, start, isUnfinished };
    if (!isUnfinished) yield { ...run, key: manifestKey(prefix, id, folder), stored };
    else {
      const key = segmentsFolder(prefix, id, folder);
      // One segment tells that this is a run, and a time at which it had begun.
      for await (const segment of listSegments(store, key)) {
        yield { ...run, key, stored: segment.stored };
        break;
      }
    }
  }
}

async function runsBelow(store: Store, folder: string): Promise<Map<string, ListedRun>> {
  const runs = new Map<string, ListedRun>();
  const addSegmentOf = (id: string) => {
    const start = startOfRun(id);
    if (start !== undefined && !runs.has(id)) runs.set(id, { start, stored: undefined, isUnfinished: true });
  };
  const segments = `${folder + SEGMENTS_NAME}/`;
  let hasSegments = false;
  for await (const { objects, folders = [] } of listFolder(store, folder)) {
    hasSegments ||= folders.includes(segments);
    for (const { key, lastModified: stored } of objects) {
      const id = key.slice(folder.length, -RECORD_ENDING.length);
      const start = key.endsWith(RECORD_ENDING) ? startOfRun(id) : undefined;
      if (start !== undefined) runs.set(id, { start, stored, isUnfinished: false });
      // A store that ignores the delimiter lists the segments themselves.
      else if (key.startsWith(segments)) addSegmentOf(key.slice(segments.length, key.lastIndexOf('/')));
    }
  }
  if (!hasSegments) return runs;
  for await (const { folders = [] } of listFolder(store, segments))
    for (const path of folders) addSegmentOf(path.slice(segments.length, -1));
  return runs;
}

/**
 * Finds one run.
 *
 * @param wanted `latest` (the run that began last, by the store's clock), an id, the beginning of an id (`20261130`), or its last
 * eight digits.
 * @throws BackupError `RUN_NOT_FOUND` if no run or more than one matches; StoreError
 */
export async function findRun(store: Store, prefix: string, wanted: string): Promise<StoredRun> {
  let found: StoredRun | undefined;
  let count = 0;
  for await (const run of listRuns(store, prefix)) {
    const isMeant = wanted !== '' && (run.id.startsWith(wanted) || run.id.endsWith(`-${wanted}`));
    if (wanted !== 'latest' && !isMeant) continue;
    count += 1;
    if (found === undefined || isLater(run, found)) found = run;
  }
  if (found !== undefined && (count === 1 || wanted === 'latest')) return found;
  const where = `s3://${store.bucket}/${prefix}${RUNS_FOLDER}`;
  const which = count > 1 ? `${count} runs are meant by` : 'There is no manifest of a run';
  throw new BackupError('RUN_NOT_FOUND', `${which} ${JSON.stringify(wanted)} below ${where}`, {
    hint: 'A run stores its manifest there, under its id, if `manifest` is true.',
  });
}

/**
 * Whether run `a` began later than `b`. Their ids are compared, since in a copy of a bucket the manifests have the times of the
 * copy. But no run begins after its manifest was written: an id that says so comes from a wrong clock, and the time of writing
 * counts instead.
 */
export function isLater(a: StoredRun, b: StoredRun): boolean {
  const order = beganBy(a) - beganBy(b) || (a.stored ?? 0) - (b.stored ?? 0);
  return order === 0 ? a.id > b.id : order > 0;
}

/** Start of a run in whole seconds since 1970, corrected by the time at which its manifest was written. */
function beganBy({ start, stored = Number.POSITIVE_INFINITY }: StoredRun): number {
  return Math.floor(Math.min(Date.parse(start), stored) / 1_000);
}

/**
 * One line of `s3-backup runs --json`. Counts are null if the metadata of the manifest's object lacks them. Those of an unfinished
 * run are of the files that its segments record.
 */
export interface RunWithCounts {
  /** Id of the run. */
  readonly run: string;
  /** Key of the manifest; of an unfinished run the beginning of its segments' keys. */
  readonly key: string;
  /** ISO 8601, UTC. */
  readonly start_time: string;
  readonly files: number | null;
  readonly bytes: number | null;
  readonly failed: number | null;
  /**
   * How the run ended: `complete` (at its end, even if files failed), `stopped` by a signal, or the code of the error or the limit
   * that ended it. Null if the run is unfinished, or if the metadata of the manifest's object does not say.
   */
  readonly end: string | null;
  /** Whether only segments are stored: the run was killed, could not store its manifest, or is still at work. */
  readonly unfinished: boolean;
}

/**
 * Reads the counts of a run: from the metadata of its manifest's object, with one HEAD request, or from the names of its
 * segments, with a listing request for up to a thousand.
 *
 * @throws StoreError
 */
export async function runWithCounts(store: Store, run: StoredRun): Promise<RunWithCounts> {
  const { id, key, start, isUnfinished: unfinished } = run;
  const facts = { run: id, key, start_time: start };
  if (!unfinished) {
    const { metadata = {} } = await store.head({ key });
    return { ...facts, ...countsIn(metadata), end: endIn(metadata), unfinished };
  }
  const total = { files: 0, bytes: 0, failed: 0 };
  for await (const { counts } of listSegments(store, key)) addCounts(total, counts);
  return { ...facts, ...total, end: null, unfinished };
}

/** Reads the counts of a run from the metadata of its manifest's object. A count that is missing is null. */
export function countsIn(metadata: Readonly<Record<string, string>>): {
  readonly [N in keyof RunCounts]: number | null;
} {
  const count = (name: keyof RunCounts) => {
    const text = metadata[metadataName(name)] ?? '';
    return /^\d{1,15}$/.test(text) ? Number(text) : null;
  };
  return { files: count('files'), bytes: count('bytes'), failed: count('failed') };
}

/** Converts the counts of a run into metadata for its manifest's object. */
export function countsMetadata(counts: RunCounts): Record<string, string> {
  return Object.fromEntries(
    Object.entries(counts).map(([name, count]) => [metadataName(name as keyof RunCounts), String(count)]),
  );
}

function metadataName(count: keyof RunCounts): string {
  return `run-${count}`;
}
