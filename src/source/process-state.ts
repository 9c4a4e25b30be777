import type { BigIntStats } from 'node:fs';
import type { ClaimMaker } from './claim-name.ts';
import type { Identity } from './identity.ts';

/**
 * What all runs of one process share. The system tells processes apart, not runs: the claims of two backups bear the
 * number of one process, their files are among the descriptors of one process, and neither run may take the other's
 * claim for one that a crash left, or the other's open file for one that somebody can write to. So what the runs must
 * know of each other is in this one object. Every other module of `src/` keeps constants, caches and threads only
 * (test/suites/project/process-state.test.ts); state of one run is handed in.
 */
export const processState: ProcessState = {
  maker: undefined,
  liveClaims: new Set(),
  openFolders: new Map(),
  ownDescriptors: new Set(),
  overlookedProcesses: [],
  looks: { next: undefined, notBeforeMs: 0, lastEnd: Promise.resolve(), spentHereMs: 0 },
};

export interface ProcessState {
  /** This process, as the names of its claims say; undefined before the first use. Another instance is another process. */
  maker: ClaimMaker | undefined;
  /** Names of claims whose files are about to be deleted or put back. Any other claim of this process has been left. */
  readonly liveClaims: Set<string>;
  /** Folders that files are open in, by their paths, on Linux. Files of one folder share its descriptor. */
  readonly openFolders: Map<string, SharedFolder>;
  /** Descriptors of source files, as numbers in text. All are open for reading only, so none of them is a writer. */
  readonly ownDescriptors: Set<string>;
  /**
   * Numbers of processes in which no writer is looked for, since they are of the same run and have source files open
   * for reading only. Set in the processes of a run only: each serves that one run.
   */
  overlookedProcesses: readonly number[];
  /** Looks for writers. A look serves every run that waits for one, since it costs as much for one file as for many. */
  readonly looks: {
    /** A look that has not begun; undefined if none is planned. */
    next: Look | undefined;
    /** When the next look may begin, by `performance.now()`. */
    notBeforeMs: number;
    /** Resolves when the last look that was planned has ended. */
    lastEnd: Promise<unknown>;
    /** How long looks have blocked the main thread, in milliseconds. */
    spentHereMs: number;
  };
}

/** An open folder, which is closed when `close` was called for each of its users. */
export interface SharedFolder {
  users: number;
  entry(name: string): string;
  stats(): BigIntStats;
  inPlace(): boolean;
  close(): void;
}

/** One look for writers of many files. */
export interface Look {
  readonly files: Identity[];
  /** Names of the files that something can write to. */
  readonly found: Promise<ReadonlySet<string>>;
}
