import type { Progress } from '../../src/index.ts';

/** Counters of a run whose caller shows everything. */
export function shownProgress() {
  return {
    files: 0,
    failed: 0,
    bytes: 0,
    transferredBytes: 0,
    done: { files: 0, bytes: 0, movedFiles: 0, movedBytes: 0 },
    total: { files: 0, bytes: 0, isComplete: false },
    inWork: new Set() as NonNullable<Progress['inWork']>,
  };
}
