/** Every way in which the program ends. `--help`, the README and docs/report.md show this table. */
export const EXIT_CODES = {
  /** Everything went well; also when there was nothing to do. */
  ok: 0,
  /** Nothing could be done: configuration, credentials, bucket, usage. Or the destination was lost on the way. */
  fatal: 1,
  /** At least one file could not be uploaded, proved, or deleted when that was asked for. */
  partial: 2,
  /** Stopped by SIGINT (Ctrl-C): 128 + 2, as shells have it. */
  interrupted: 130,
  /** Stopped by SIGTERM: 128 + 15. */
  terminated: 143,
} as const;

/** What the exit code of a run depends on. */
export interface RunResult {
  /** The run ended early because of something that no further file could do without. */
  readonly fatal: boolean;
  /** The signal that stopped the run, or undefined. */
  readonly stoppedBy: 'SIGINT' | 'SIGTERM' | undefined;
  /** Files that failed. */
  readonly failed: number;
}

export function exitCodeFor({ fatal, stoppedBy, failed }: RunResult): number {
  if (fatal) return EXIT_CODES.fatal;
  if (stoppedBy !== undefined)
    return stoppedBy === 'SIGTERM' ? EXIT_CODES.terminated : EXIT_CODES.interrupted;
  return failed > 0 ? EXIT_CODES.partial : EXIT_CODES.ok;
}
