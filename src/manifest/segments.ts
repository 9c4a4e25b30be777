import type { Store } from '../s3/store.ts';
import type { RunCounts } from './manifest.ts';
import { RECORD_ENDING, RUNS_FOLDER, segmentsFolder } from './record-keys.ts';

const NAME = /^\d{8}(?:\.\d{8})?-(\d{1,15})-(\d{1,15})-(\d{1,15})$/;

/** A segment that is stored in the bucket. */
export interface StoredSegment {
  /** Name of the segment. The names of a run's segments are in the order in which they were begun. */
  readonly name: string;
  readonly key: string;
  /** Counts of the files in the segment. */
  readonly counts: RunCounts;
  /** When it was written, by the store's clock: milliseconds since 1970; undefined if the store does not report it. */
  readonly stored: number | undefined;
}

/** Formats the number of a segment, or of a process that writes segments, for its name. */
export function segmentNumber(number: number): string {
  return String(number).padStart(8, '0');
}

/**
 * Makes the name of a segment. It has the counts, so that one listing request tells of a thousand segments.
 *
 * @param order `segmentNumber` of the segment, or that of its process, `.`, and that of the segment in the process.
 */
export function segmentName(order: string, { files, bytes, failed }: RunCounts): string {
  return `${order}-${files}-${bytes}-${failed}`;
}

/**
 * Key of a segment.
 *
 * @param prefix Prefix of the backup, as `normalPrefix` returns it.
 * @param run Id of the run.
 * @param folder Folder of the records, as `recordsFolder` returns it. Default: that of runs on no shard.
 */
export function segmentKey(prefix: string, run: string, name: string, folder = RUNS_FOLDER): string {
  return segmentsFolder(prefix, run, folder) + name + RECORD_ENDING;
}

/**
 * Lists the segments of a run. The oldest comes first if the store lists keys in order.
 *
 * @param folder What their keys begin with, as `segmentsFolder` returns it.
 * @throws StoreError
 */
export async function* listSegments(store: Store, folder: string): AsyncGenerator<StoredSegment, void> {
  for await (const { key, lastModified: stored } of store.list(folder)) {
    if (!key.endsWith(RECORD_ENDING)) continue;
    const name = key.slice(folder.length, -RECORD_ENDING.length);
    const [, files, bytes, failed] = NAME.exec(name) ?? [];
    if (files === undefined) continue;
    yield {
      name,
      key,
      counts: { files: Number(files), bytes: Number(bytes), failed: Number(failed) },
      stored,
    };
  }
}

/** Adds counts to a total. */
export function addCounts(total: { -readonly [N in keyof RunCounts]: number }, counts: RunCounts): void {
  total.files += counts.files;
  total.bytes += counts.bytes;
  total.failed += counts.failed;
}
