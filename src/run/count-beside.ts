import { setTimeout as sleep } from 'node:timers/promises';
import { RunControl } from '../flow/run-control.ts';
import type { FileCount } from './file-count.ts';

/** How long a count works before it rests, and how long it rests: it takes less than a twentieth of the run's time. Milliseconds. */
const WORK_MS = 4;
const REST_MS = 80;
/** Interval in which a count asks whether the run has begun, in milliseconds. */
const POLL_MS = 50;

/** A file that a run is to work on. */
export interface ToDo {
  /** Path as in the report. */
  readonly path: string;
  /** Size in bytes; undefined if the file is gone. */
  readonly size: number | undefined;
}

/** What is counted, and when. */
export interface CountOptions {
  /** Finds the files. It is given a control whose stop ends the search. */
  readonly find: (control: RunControl) => AsyncIterable<ToDo>;
  /** Signal whose abort ends the count. */
  readonly stopping: AbortSignal;
  /** Counter that shows that the run has begun to move bytes. Default `transferredBytes`. */
  readonly begins?: 'transferredBytes' | 'bytes' | undefined;
}

/**
 * Counts the files of a run beside its work, if the caller wants to know their number. The count begins when the run has sent
 * its first bytes or settled its first file, so that it delays neither. If it fails, `total` stays incomplete: what it
 * stumbles over is reported by the run itself.
 *
 * @returns ends the count
 */
export function countBeside(count: FileCount, options: CountOptions): () => void {
  const { total } = count.progress;
  if (total === undefined) return () => undefined;
  total.isComplete = false;
  const control = new RunControl(options.stopping);
  countAll(count, control, options).then(
    (isComplete) => {
      total.isComplete = isComplete;
    },
    () => undefined,
  );
  return () => {
    control.stop();
    control.close();
  };
}

/** @returns whether all files were counted */
async function countAll(
  count: FileCount,
  control: RunControl,
  { find, begins = 'transferredBytes' }: CountOptions,
): Promise<boolean> {
  const { progress } = count;
  const timing = { signal: control.stopping, ref: false };
  const moved = () => progress.files + (progress[begins] ?? 0);
  const atStart = moved();
  while (moved() === atStart) await sleep(POLL_MS, undefined, timing);
  let begun = performance.now();
  for await (const { path, size } of find(control)) {
    count.found(path, size);
    if (performance.now() - begun < WORK_MS) continue;
    await sleep(REST_MS, undefined, timing);
    begun = performance.now();
  }
  return !control.stopping.aborted;
}
