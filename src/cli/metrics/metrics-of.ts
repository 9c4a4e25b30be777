import { EXIT_CODES } from '../../core/exit-codes.ts';
import { FATES } from '../../core/outcomes.ts';
import { VERSION } from '../../core/version.ts';
import type { RunNumbers } from './run-numbers.ts';

/** What a job is: labels of `s3_backup_info`. */
export interface JobLabels {
  readonly command: 'run' | 'put' | 'finish';
  readonly source: string;
  readonly bucket: string;
  readonly prefix: string;
  /** Host of the endpoint; '' for AWS. */
  readonly endpoint: string;
}

export interface MetricsFacts {
  readonly job: JobLabels;
  readonly numbers: RunNumbers;
  readonly exitCode: number;
  /** Code of the error that ended the run as a whole; undefined if there was none. */
  readonly error: string | undefined;
  /** End of the run, in seconds since 1970. */
  readonly endSeconds: number;
  /** How long a run took that has no summary, in seconds. */
  readonly durationSeconds: number;
  /** End of the last run that succeeded before this one, in seconds since 1970; undefined if it is not known. */
  readonly lastSuccess: number | undefined;
}

/** A gauge. One without samples is absent from the file. */
export interface Metric {
  /** Behind `s3_backup_`. */
  readonly name: string;
  readonly help: string;
  /** All have the same labels. */
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

const NONE = Object.fromEntries(FATES.map((fate) => [fate, 0]));

/** Makes the metrics of a run. docs/metrics.md explains each of them. */
export function metricsOf(facts: MetricsFacts): Metric[] {
  const { job, numbers, exitCode, error, endSeconds, lastSuccess } = facts;
  const { summary, failed, retries, sentBytes } = numbers;
  const seconds = summary?.duration_seconds ?? facts.durationSeconds;
  const success = exitCode === EXIT_CODES.ok ? endSeconds : lastSuccess;
  const one = (name: string, help: string, value: number | undefined): Metric => ({
    name,
    help,
    samples: value === undefined ? [] : [{ value }],
  });
  const by = (
    label: string,
    name: string,
    help: string,
    values: Readonly<Record<string, number>>,
  ): Metric => ({
    name,
    help,
    samples: Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value })),
  });
  const info = { labels: { ...job, version: VERSION }, value: 1 };
  return [
    { name: 'info', help: 'What the job is, and the version of the program. Always 1.', samples: [info] },
    one('last_run_timestamp_seconds', 'End of the last run, in seconds since 1970.', endSeconds),
    one(
      'last_success_timestamp_seconds',
      'End of the last run with exit code 0, in seconds since 1970.',
      success,
    ),
    one('last_run_exit_code', 'Exit code of the last run: 0, 1, 2, 75, 130 or 143.', exitCode),
    one('last_run_duration_seconds', 'How long the last run took.', seconds),
    by(
      'code',
      'last_run_error',
      'Code of the error that ended the last run.',
      error === undefined ? {} : { [error]: 1 },
    ),
    by('fate', 'last_run_files', 'Files of the last run by what became of them.', summary?.counts ?? NONE),
    by('fate', 'last_run_size_bytes', 'Sizes of these files.', summary?.bytes ?? NONE),
    by('code', 'last_run_failed_files', 'Failed files of the last run by code.', Object.fromEntries(failed)),
    one('last_run_verified_files', 'Files that S3 has proved to hold.', summary?.verified_files ?? 0),
    one('last_run_unread_files', 'Files taken as unchanged and not read.', summary?.unread_files ?? 0),
    one(
      'last_run_recovered_files',
      'Files of a crashed run that were put back.',
      summary?.restored_files ?? 0,
    ),
    one('last_run_retries', 'Uploads that were tried again.', retries),
    one('last_run_warnings', 'Hooks that failed, messages not delivered.', summary?.warnings.length ?? 0),
    one('last_run_sent_bytes', 'Bytes of the files that were sent and proved.', sentBytes),
    one('last_run_resumed_bytes', 'Bytes of them that earlier runs had sent.', summary?.resumed_bytes ?? 0),
    one(
      'last_run_throughput_bytes_per_second',
      'Bytes sent by the time that the last run took.',
      seconds > 0 ? Math.round(sentBytes / seconds) : 0,
    ),
  ];
}
