import type { BackupError } from '../errors.ts';
import { exitCodeFor } from '../exit-codes.ts';
import type { BackupOptions } from '../options.ts';
import { VERSION } from '../version.ts';
import type { ReportSummary } from './report.ts';
import type { Tally } from './tally.ts';

export interface RunFacts {
  /** As far as they are known: a run that failed on its options has a report, too. */
  readonly options: Pick<BackupOptions, 'source' | 'bucket' | 'prefix' | 'dryRun' | 'signal'>;
  readonly start: Date;
  readonly tally: Tally;
  /** What ended the run as a whole. */
  readonly failure: BackupError | undefined;
}

/** Puts a run's counts and circumstances into the report's fields. */
export function summarize({ options, start, tally, failure }: RunFacts): ReportSummary {
  const end = new Date();
  const { signal, dryRun = false } = options;
  const interrupted = signal?.aborted ?? false;
  const signalName = signal?.reason === 'SIGTERM' ? 'SIGTERM' : 'SIGINT';
  return {
    schema_version: 1,
    tool_version: VERSION,
    dry_run: dryRun,
    exit_code: exitCodeFor({
      fatal: failure !== undefined,
      stoppedBy: interrupted ? signalName : undefined,
      failed: tally.counts.failed,
    }),
    interrupted,
    error: failure ? { code: failure.code, message: failure.message } : null,
    start_time: start.toISOString(),
    end_time: end.toISOString(),
    duration_seconds: (end.getTime() - start.getTime()) / 1000,
    source: options.source,
    bucket: options.bucket,
    prefix: options.prefix ?? '',
    ...tally.result(),
    planned: dryRun ? { ...tally.planned } : null,
    manifest: null,
  };
}
