import { DEFAULTS } from '../core/defaults.ts';
import type { BackupError } from '../core/errors.ts';
import { type ExitCodes, exitCodeFor } from '../core/exit-codes.ts';
import type { ShardId } from '../core/shard.ts';
import type { Start } from '../core/start.ts';
import { VERSION } from '../core/version.ts';
import type { ReportSummary } from './report.ts';
import type { Tally } from './tally.ts';
import type { TimelineSample } from './timeline.ts';

/** Facts about a backup from which its summary is made. */
export interface RunFacts {
  /** Options as far as they are known: a run whose options are bad has a report, too. */
  readonly options: {
    readonly source: string;
    readonly bucket: string;
    readonly prefix?: string | undefined;
    readonly dryRun?: boolean | undefined;
    readonly signal?: AbortSignal | undefined;
    readonly exitCodes?: ExitCodes | undefined;
    readonly shard?: ShardId | undefined;
  };
  readonly start: Start;
  readonly tally: Tally;
  /** Error that ended the run as a whole; undefined if there was none. */
  readonly failure: BackupError | undefined;
  /** Default: none. */
  readonly timeline?: readonly TimelineSample[] | undefined;
}

/** Makes the summary of a backup. */
export function summarize({ options, start, tally, failure, timeline = [] }: RunFacts): ReportSummary {
  return {
    ...commonSummary({ options, start, failure, failed: tally.counts.failed }),
    source: options.source,
    bucket: options.bucket,
    prefix: options.prefix ?? DEFAULTS.prefix,
    ...tally.result(),
    planned: options.dryRun
      ? { ...tally.planned, present_files: tally.present.files, present_bytes: tally.present.bytes }
      : null,
    manifest: null,
    timeline,
    warnings: [],
  };
}

/** Facts about any run from which the common fields of its summary are made. */
export interface CommonFacts extends Pick<RunFacts, 'start' | 'failure'> {
  readonly options: Pick<RunFacts['options'], 'dryRun' | 'signal' | 'exitCodes' | 'shard'>;
  /** Number of files that failed or are incomplete. Above 0 the exit code shows it. */
  readonly failed: number;
}

/** Makes the fields that every report begins with: how and when the run ended. */
export function commonSummary({ options, start, failure, failed }: CommonFacts) {
  const { signal, dryRun = DEFAULTS.dryRun, exitCodes = DEFAULTS.exitCodes, shard } = options;
  const interrupted = signal?.aborted ?? false;
  const signalName = signal?.reason === 'SIGTERM' ? 'SIGTERM' : 'SIGINT';
  // A signal has ended the wait for another run's lock, or a hook.
  const isOfSignal = interrupted && ['LOCKED', 'HOOK_FAILED'].includes(failure?.code ?? '');
  return {
    schema_version: 1 as const,
    tool_version: VERSION,
    dry_run: dryRun,
    exit_code: exitCodeFor({
      failure: isOfSignal ? undefined : failure,
      // The engine that has started the shard tries it again by this code.
      exitCodes: shard ? 'temporary' : exitCodes,
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
