import { BackupError } from '../core/errors.ts';
import { OWN_FOLDER } from '../core/reserved-names.ts';
import type { Store } from '../s3/store.ts';
import type { RunCounts } from './manifest.ts';

const FOLDER = `${OWN_FOLDER}runs/`;
const ENDING = '.ndjson.gz';
const NAME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[0-9a-f]{8}$/;

/** A run of which a manifest is stored. */
export interface StoredRun {
  /**
   * `20261130T021500Z-1a2b3c4d`: when it began, by the store's clock as far as that was known, and eight digits that tell runs of
   * one second apart.
   */
  readonly id: string;
  readonly key: string;
  /** ISO 8601, UTC. */
  readonly start: string;
  /** When its manifest was written, by the store's clock: milliseconds since 1970; undefined if the store does not tell. */
  readonly stored: number | undefined;
}

/** @param digits Eight hexadecimal ones. */
export function runId(start: string, digits: string): string {
  return `${start.replace(/[-:]|\.\d+/g, '')}-${digits}`;
}

/** @param prefix As `normalPrefix` gives it. */
export function manifestKey(prefix: string, run: string): string {
  return prefix + FOLDER + run + ENDING;
}

/**
 * The runs whose manifests are below a prefix, the oldest first where the store lists in order.
 *
 * @throws StoreError
 */
export async function* listRuns(store: Store, prefix: string): AsyncGenerator<StoredRun, void> {
  const start = prefix + FOLDER;
  for await (const { key, lastModified: stored } of store.list(start)) {
    const id = key.slice(start.length, -ENDING.length);
    const time = key.endsWith(ENDING) ? NAME.exec(id) : null;
    if (time === null) continue;
    const [, year, month, day, hour, minute, second] = time;
    yield { id, key, start: `${year}-${month}-${day}T${hour}:${minute}:${second}Z`, stored };
  }
}

/**
 * Finds a run again.
 *
 * @param wanted `latest` (the one that began last, by the store's clock), an id, its beginning (`20261130`), or its last eight digits.
 * @throws BackupError `RUN_NOT_FOUND` where none, or more than one, is meant; StoreError
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
  const where = `s3://${store.bucket}/${prefix}${FOLDER}`;
  const which = count > 1 ? `${count} runs are meant by` : 'There is no manifest of a run';
  throw new BackupError('RUN_NOT_FOUND', `${which} ${JSON.stringify(wanted)} below ${where}`, {
    hint: '`s3-backup runs` lists them; a run stores one with report.manifest: true, or --manifest.',
  });
}

/**
 * No run began after its manifest was written: an id that says so is of a wrong clock, and counts as begun then. Else ids count,
 * since a copy of a bucket has other times, in any order.
 */
function isLater(a: StoredRun, b: StoredRun): boolean {
  const order = beganBy(a) - beganBy(b) || (a.stored ?? 0) - (b.stored ?? 0);
  return order === 0 ? a.id > b.id : order > 0;
}

/** In whole seconds, as ids have them. */
function beganBy({ start, stored = Number.POSITIVE_INFINITY }: StoredRun): number {
  return Math.floor(Math.min(Date.parse(start), stored) / 1_000);
}

/** A line of `s3-backup runs --json`; null where the object's metadata does not say. */
export interface RunWithCounts {
  readonly run: string;
  readonly key: string;
  readonly start_time: string;
  readonly files: number | null;
  readonly bytes: number | null;
  readonly failed: number | null;
}

/**
 * ... with what it did, from its manifest's metadata: one HEAD.
 *
 * @throws StoreError
 */
export async function runWithCounts(store: Store, { id, key, start }: StoredRun): Promise<RunWithCounts> {
  const { metadata = {} } = await store.head({ key });
  const count = (name: keyof RunCounts) => {
    const text = metadata[metadataName(name)] ?? '';
    return /^\d{1,15}$/.test(text) ? Number(text) : null;
  };
  return {
    run: id,
    key,
    start_time: start,
    files: count('files'),
    bytes: count('bytes'),
    failed: count('failed'),
  };
}

/** The counts of a run as metadata of its manifest's object. */
export function countsMetadata(counts: RunCounts): Record<string, string> {
  return Object.fromEntries(
    Object.entries(counts).map(([name, count]) => [metadataName(name as keyof RunCounts), String(count)]),
  );
}

function metadataName(count: keyof RunCounts): string {
  return `run-${count}`;
}
