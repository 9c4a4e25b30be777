import type { BigIntStats } from 'node:fs';
import type { ClaimMaker } from './claim-name.ts';
import type { FileSystem } from './file-system.ts';
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
  /**
   * The maker of this process's claims; undefined before the first use. Another copy of this program in the same process is
   * another maker.
   */
  maker: ClaimMaker | undefined;
  /** Names of claims whose files are about to be deleted or put back. Any other claim of this process is a leftover. */
  readonly liveClaims: Set<string>;
  /** Folders with open files, by path; Linux only. Files of one folder share its descriptor. */
  readonly openFolders: Map<string, SharedFolder>;
  /** Descriptors of source files, as numbers in text. All are open for reading only, so none of them can write. */
  readonly ownDescriptors: Set<string>;
  /**
   * IDs of processes that a look for writers skips: they belong to the same run and have source files open for reading only.
   * Set only in the child processes of a run, each of which serves that one run.
   */
  overlookedProcesses: readonly number[];
  /** The looks for writers. One look serves every run that waits for one, since it costs as much for one file as for many. */
  readonly looks: {
    /** The next look; undefined if none is planned. */
    next: Look | undefined;
    /** Earliest time of the next look, by `performance.now()`. */
    notBeforeMs: number;
    /** Resolves when the last planned look has ended. */
    lastEnd: Promise<unknown>;
    /** Time for which looks have blocked the main thread, in milliseconds. */
    spentHereMs: number;
  };
}

/** An open folder. It is closed after `close` was called once for each of its users. */
export interface SharedFolder {
  users: number;
  entry(name: string): string;
  stats(): BigIntStats;
  readonly fileSystem: FileSystem;
  refusesQuietReads: boolean;
  inPlace(): boolean;
  close(): void;
}

/** A look for the writers of many files. */
export interface Look {
  readonly files: Identity[];
  /** Resolves to the names of the files that something can write to. */
  readonly found: Promise<ReadonlySet<string>>;
}
