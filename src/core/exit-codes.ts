import { type BackupError, isLimit } from './errors.ts';

/** The exit codes of the program. `--help`, the README and docs/report.md show this table. */
export const EXIT_CODES = {
  /** Success, or there was nothing to do. */
  ok: 0,
  /** The configuration, the credentials, the bucket or the usage is wrong, or the destination was lost during the run. */
  fatal: 1,
  /** At least one file could not be uploaded, proved, or deleted as requested; or the run has ended at a limit. */
  partial: 2,
  /** Another try may do what this one could not, with nothing changed: EX_TEMPFAIL of sysexits.h. */
  temporary: 75,
  /** Stopped by SIGINT (Ctrl-C): 128 + 2, as shells have it. */
  interrupted: 130,
  /** Stopped by SIGTERM: 128 + 15. */
  terminated: 143,
} as const;

/** Values of the option `exitCodes`. */
export const EXIT_CODE_SETS = ['plain', 'temporary'] as const;
/** Whether a temporary error has exit code 75 (`temporary`), or that of any other error of its kind (`plain`). */
export type ExitCodes = (typeof EXIT_CODE_SETS)[number];

/** The facts that decide the exit code of a run. */
export interface RunResult {
  /** The error that ended the run; undefined if there was none. */
  readonly failure: BackupError | undefined;
  readonly exitCodes: ExitCodes;
  /** The signal that stopped the run, or undefined. */
  readonly stoppedBy: 'SIGINT' | 'SIGTERM' | undefined;
  /** Number of failed files. */
  readonly failed: number;
}

export function exitCodeFor({ failure, exitCodes, stoppedBy, failed }: RunResult): number {
  const triesAgain = exitCodes === 'temporary' && failure?.temporary === true;
  if (failure && !isLimit(failure) && !triesAgain) return EXIT_CODES.fatal;
  if (stoppedBy !== undefined)
    return stoppedBy === 'SIGTERM' ? EXIT_CODES.terminated : EXIT_CODES.interrupted;
  if (triesAgain) return EXIT_CODES.temporary;
  return failure || failed > 0 ? EXIT_CODES.partial : EXIT_CODES.ok;
}

/** The exit code of a program that an error has ended without a report. */
export function exitCodeOfError(failure: BackupError, exitCodes: ExitCodes): number {
  return exitCodeFor({ failure, exitCodes, stoppedBy: undefined, failed: 0 });
}
