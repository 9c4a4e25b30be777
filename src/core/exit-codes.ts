/** The exit codes of the program. `--help`, the README and docs/report.md show this table. */
export const EXIT_CODES = {
  /** Success, or there was nothing to do. */
  ok: 0,
  /** The configuration, the credentials, the bucket or the usage is wrong, or the destination was lost during the run. */
  fatal: 1,
  /** At least one file could not be uploaded, proved, or deleted as requested; or the run has ended at a limit. */
  partial: 2,
  /** Stopped by SIGINT (Ctrl-C): 128 + 2, as shells have it. */
  interrupted: 130,
  /** Stopped by SIGTERM: 128 + 15. */
  terminated: 143,
} as const;

/** The facts that decide the exit code of a run. */
export interface RunResult {
  /** Whether the run ended early, because of something that every further file needs. */
  readonly fatal: boolean;
  /** The signal that stopped the run, or undefined. */
  readonly stoppedBy: 'SIGINT' | 'SIGTERM' | undefined;
  /** Number of failed files. */
  readonly failed: number;
  /** Whether the run ended at a limit of the user's, so that files may be left. */
  readonly atLimit: boolean;
}

export function exitCodeFor({ fatal, stoppedBy, failed, atLimit }: RunResult): number {
  if (fatal) return EXIT_CODES.fatal;
  if (stoppedBy !== undefined)
    return stoppedBy === 'SIGTERM' ? EXIT_CODES.terminated : EXIT_CODES.interrupted;
  return failed > 0 || atLimit ? EXIT_CODES.partial : EXIT_CODES.ok;
}
