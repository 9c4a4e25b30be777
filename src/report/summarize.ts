import type { BackupError } from '../core/errors.ts';
import { exitCodeFor } from '../core/exit-codes.ts';
import type { Start } from '../core/start.ts';
import { VERSION } from '../core/version.ts';
import type { ReportSummary } from './report.ts';
import type { Tally } from './tally.ts';

export interface RunFacts {
  /** As far as they are known: a run that failed on its options has a report, too. */
  readonly options: {
    readonly source: string;
    readonly bucket: string;
    readonly prefix?: string | undefined;
    readonly dryRun?: boolean | undefined;
    readonly signal?: AbortSignal | undefined;
  };
  readonly start: Start;
  readonly tally: Tally;
  /** What ended the run as a whole. */
  readonly failure: BackupError | undefined;
}

/** Puts a run's counts and outcome into the report's fields. */
export function summarize({ options, start, tally, failure }: RunFacts): ReportSummary {
  return {
    ...commonSummary({ options, start, failure, failed: tally.counts.failed }),
    source: options.source,
    bucket: options.bucket,
    prefix: options.prefix ?? '',
    ...tally.result(),
    planned: options.dryRun
      ? { ...tally.planned, present_files: tally.present.files, present_bytes: tally.present.bytes }
      : null,
    manifest: null,
  };
}

export interface CommonFacts extends Pick<RunFacts, 'start' | 'failure'> {
  readonly options: Pick<RunFacts['options'], 'dryRun' | 'signal'>;
  /** Files with which not all went as it was asked for. */
  readonly failed: number;
}

/** What every report begins with: how and when the run ended. */
export function commonSummary({ options, start, failure, failed }: CommonFacts) {
  const { signal, dryRun = false } = options;
  const interrupted = signal?.aborted ?? false;
  const signalName = signal?.reason === 'SIGTERM' ? 'SIGTERM' : 'SIGINT';
  return {
    schema_version: 1 as const,
    tool_version: VERSION,
    dry_run: dryRun,
    exit_code: exitCodeFor({
      // A signal has ended the waiting for another run.
      fatal: failure !== undefined && !(interrupted && failure.code === 'LOCKED'),
      stoppedBy: interrupted ? signalName : undefined,
      failed,
    }),
    interrupted,
    error: failure ? { code: failure.code, message: failure.message } : null,
    start_time: start.date.toISOString(),
    end_time: new Date().toISOString(),
    duration_seconds: Math.round(start.seconds * 1000) / 1000,
  };
}
