import { constants, gunzipSync } from 'node:zlib';
import * as v from 'valibot';
import { BackupError, messageOf } from '../core/errors.ts';
import type { Store } from '../s3/store.ts';
import { StoreError } from '../s3/store-error.ts';
import { manifestUnreadable, parseJson } from './entry-check.ts';
import { readStoredRun } from './read-manifest.ts';
import { requireOfRun } from './read-object.ts';
import { parse, parseManifestHead } from './record-form.ts';
import { countsIn, type StoredRun } from './runs.ts';

/** How and when a run ended, by its manifest. */
export interface RunEnd {
  readonly id: string;
  /** Why the run was not successful, as a clause: `3 files failed`; undefined if it was. */
  readonly flaw: string | undefined;
  /** Whether it came to its end, whatever failed: neither killed nor stopped, nor ended by an error or a limit. */
  readonly isComplete: boolean;
  /** When it ended, by the store's clock: milliseconds since 1970. */
  readonly ended: number;
  /** Files that ended well, and their bytes; null if the manifest's object does not tell. */
  readonly files: number | null;
  readonly bytes: number | null;
}

/** The fields of a manifest's first line that say how the run ended. */
const END = v.object({
  start_time: v.string(),
  end_time: v.string(),
  interrupted: v.boolean(),
  error: v.nullable(v.object({ code: v.pipe(v.string(), v.regex(/^[A-Z_]{1,40}$/)) })),
});

/** Bytes that hold the first line: no line of a manifest is longer, and it is compressed. */
const HEAD_BYTES = 64 * 1024;

const UNFINISHED = 'it has stored no manifest: it was killed, or is still at work';

/** Codes of a store that has no such object (any more), or does not give it out at once. */
const NOT_READABLE: ReadonlySet<string> = new Set(['NoSuchKey', 'InvalidObjectState', 'InvalidRange']);

/**
 * Reads how a run ended, with one GET of the beginning of its manifest. A run was successful if its exit code was 0: it came to
 * its end, not only to a limit, and no file failed.
 *
 * @param prefix Prefix of the backup, as `normalPrefix` returns it.
 * @returns an end with a flaw if there is no manifest, or if it is damaged, archived, or deleted by now
 * @throws StoreError for any other failure
 */
export async function readRunEnd(store: Store, prefix: string, run: StoredRun): Promise<RunEnd> {
  const { id } = run;
  if (run.isUnfinished) return withoutManifest(run, UNFINISHED);
  try {
    const { bytes, metadata } = await store.read({ key: run.key }, { start: 0, end: HEAD_BYTES });
    const counts = countsIn(metadata);
    const { start_time, end_time, ...how } = endIn(bytes, id, prefix);
    const seconds = Math.max(0, Date.parse(end_time) - Date.parse(start_time)) || 0;
    const failed = counts.failed ?? (await countFailed(store, prefix, run));
    const flaw = flawOf(how, failed);
    const isComplete = !how.interrupted && how.error === null;
    const { files, bytes: size } = counts;
    return { id, flaw, isComplete, ended: endOf(run, seconds), files, bytes: size };
  } catch (error) {
    return withoutManifest(run, reasonOf(error));
  }
}

function withoutManifest(run: StoredRun, flaw: string): RunEnd {
  return { id: run.id, flaw, isComplete: false, ended: endOf(run, 0), files: null, bytes: null };
}

function endIn(bytes: Buffer, id: string, prefix: string): v.InferOutput<typeof END> {
  const name = `The manifest of run ${id}`;
  const header = parseJson(firstLine(bytes, name));
  const head = parseManifestHead(header);
  if ('flaw' in head) throw manifestUnreadable(name, head.flaw);
  requireOfRun({ name, run: head.value.run, prefix: head.value.prefix }, id, prefix);
  const end = parse(END, header);
  if ('flaw' in end) throw manifestUnreadable(name, end.flaw);
  return end.value;
}

function firstLine(bytes: Buffer, name: string): string {
  try {
    // With this flag the end of the bytes need not be the end of the file.
    const text = gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
    return text.toString('utf8', 0, Math.max(0, text.indexOf('\n')));
  } catch (error) {
    throw manifestUnreadable(name, messageOf(error));
  }
}

/** Counts the failed files of a manifest whose object has lost its metadata: some tools copy none. */
async function countFailed(store: Store, prefix: string, run: StoredRun): Promise<number> {
  const { entries } = await readStoredRun(store, prefix, run);
  let count = 0;
  for await (const { fate } of entries) if (fate === 'failed') count += 1;
  return count;
}

function flawOf(
  { interrupted, error }: Pick<v.InferOutput<typeof END>, 'interrupted' | 'error'>,
  failed: number,
): string | undefined {
  if (interrupted) return 'it was stopped';
  if (error !== null) return `it ended with ${error.code}`;
  if (failed > 0) return `${failed} ${failed === 1 ? 'file' : 'files'} failed`;
  return undefined;
}

function reasonOf(error: unknown): string {
  if (error instanceof BackupError && error.code === 'MANIFEST_UNREADABLE') return 'its manifest is damaged';
  if (error instanceof StoreError && NOT_READABLE.has(error.code))
    return `its manifest cannot be read (${error.code})`;
  throw error;
}

/**
 * The end of a run by the store's clock: its start, which is part of its id, and its duration. No run ends after its manifest was
 * written; in a copy of the bucket, manifests have the time of the copy.
 */
function endOf({ start, stored = Number.POSITIVE_INFINITY }: StoredRun, durationMs: number): number {
  return Math.min(Date.parse(start) + durationMs, stored);
}
