import type { FileInWork } from '../flow/file-in-work.ts';

/**
 * Counters that a run increases while it works, for a caller that shows them. A run keeps an optional one only if the caller
 * has given it its first value; `isAway` is set in any case.
 */
export interface Progress {
  /** Number of settled files. */
  files: number;
  failed: number;
  /** Bytes read so far. */
  bytes: number;
  /** Whether the run waits because the endpoint is away. */
  isAway?: boolean;
  /**
   * Bytes of content that were sent so far; of a restore, that were received. Those of a try that was repeated count again.
   * First value 0.
   */
  transferredBytes?: number;
  /** The settled ones among the files that `total` counts. First value `{ files: 0, bytes: 0, movedFiles: 0, movedBytes: 0 }`. */
  done?: DoneFiles;
  /**
   * The files that the run is to work on: the files of its sources, or the objects of a restore, without those that patterns
   * and limits leave out. First value `{ files: 0, bytes: 0, isComplete: false }`. A run for which the caller sets it counts
   * them beside its work, in less than a twentieth of its time; a restore lists its objects a second time for that. It does
   * not count the files of a list, nor those of a verification with `list`.
   */
  total?: TotalFiles;
  /** Files in upload, or objects in download, in the order in which they were begun. First value `new Set()`. */
  inWork?: Set<FileInWork>;
}

export interface DoneFiles {
  files: number;
  /** Sizes of these files in bytes. */
  bytes: number;
  /** How many of them were sent or received. The content of the others was there already, or they failed before that. */
  movedFiles: number;
  /** Sizes of those in bytes. */
  movedBytes: number;
}

export interface TotalFiles {
  /** Number of files that were found so far. */
  files: number;
  /** Sizes of these files in bytes. */
  bytes: number;
  /** Whether all files were found. */
  isComplete: boolean;
}

/**
 * Codes of entries that `total` does not count: of files that are no part of the work, and of objects that `verify` finds
 * without a file.
 */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'EXCLUDED',
  'OWN_FILE',
  'OWN_OBJECT',
  'TOO_YOUNG',
  'TOO_OLD',
  'TOO_SMALL',
  'TOO_BIG',
  'SYMBOLIC_LINK',
  'SPECIAL_FILE',
  'OTHER_FILE_SYSTEM',
  'DUPLICATE',
  'NOT_STORED',
  'MISSING_HERE',
]);

/** Whether a file with this code is no part of the work that a run does. */
export function isLeftOut(code: string | null | undefined): boolean {
  return LEFT_OUT.has(code ?? '');
}

/** Sets what a run is to do, if it is known without a count and the caller wants to know it. */
export function setTotal({ total }: Progress, files: number, bytes: number): void {
  if (total === undefined) return;
  total.files += files;
  total.bytes += bytes;
  total.isComplete = true;
}

/** Makes a function that counts the bytes that are sent or received; undefined if the caller does not want to know them. */
export function onTransferred(progress: Progress): ((bytes: number) => void) | undefined {
  if (progress.transferredBytes === undefined) return undefined;
  return (bytes) => {
    progress.transferredBytes = (progress.transferredBytes ?? 0) + bytes;
  };
}
