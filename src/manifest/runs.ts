import { BackupError } from '../core/errors.ts';
import { OWN_FOLDER } from '../core/reserved-names.ts';
import type { Store } from '../s3/store.ts';
import type { RunCounts } from './manifest.ts';

/** Folder of the manifests, below the prefix. */
export const RUNS_FOLDER = `${OWN_FOLDER}runs/`;
const ENDING = '.ndjson.gz';
const NAME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[0-9a-f]{8}$/;

/** A run whose manifest is stored in the bucket. */
export interface StoredRun {
  /**
   * `20261130T021500Z-1a2b3c4d`: start of the run, by the store's clock if it was known, and eight random hexadecimal digits for
   * runs that begin in the same second.
   */
  readonly id: string;
  /** Key of the manifest. */
  readonly key: string;
  /** Start of the run: ISO 8601, UTC. */
  readonly start: string;
  /** When the manifest was written, by the store's clock: milliseconds since 1970; undefined if the store does not report it. */
  readonly stored: number | undefined;
}

/** Makes the id of a run. @param start ISO 8601, UTC. @param digits Eight hexadecimal digits. */
export function runId(start: string, digits: string): string {
  return `${start.replace(/[-:]|\.\d+/g, '')}-${digits}`;
}

/** Key of a run's manifest. @param prefix Prefix of the backup, as `normalPrefix` returns it. @param run Id of the run. */
export function manifestKey(prefix: string, run: string): string {
  return prefix + RUNS_FOLDER + run + ENDING;
}

/**
 * Lists the runs whose manifests are below a prefix. The oldest comes first if the store lists keys in order.
 *
 * @param prefix Prefix of the backup, as `normalPrefix` returns it.
 * @throws StoreError
 */
export async function* listRuns(store: Store, prefix: string): AsyncGenerator<StoredRun, void> {
  const start = prefix + RUNS_FOLDER;
  for await (const { key, lastModified: stored } of store.list(start)) {
    const id = key.slice(start.length, -ENDING.length);
    const time = key.endsWith(ENDING) ? NAME.exec(id) : null;
    if (time === null) continue;
    const [, year, month, day, hour, minute, second] = time;
    yield { id, key, start: `${year}-${month}-${day}T${hour}:${minute}:${second}Z`, stored };
  }
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

/** One line of `s3-backup runs --json`. Counts are null if the metadata of the manifest's object lacks them. */
export interface RunWithCounts {
  /** Id of the run. */
  readonly run: string;
  /** Key of the manifest. */
  readonly key: string;
  /** ISO 8601, UTC. */
  readonly start_time: string;
  readonly files: number | null;
  readonly bytes: number | null;
  readonly failed: number | null;
}

/**
 * Reads the counts of a run from the metadata of its manifest's object, with one HEAD request.
 *
 * @throws StoreError
 */
export async function runWithCounts(store: Store, { id, key, start }: StoredRun): Promise<RunWithCounts> {
  const { metadata = {} } = await store.head({ key });
  return { run: id, key, start_time: start, ...countsIn(metadata) };
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
