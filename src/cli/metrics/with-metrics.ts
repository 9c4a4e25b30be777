import { fatalOf } from '../../core/errors.ts';
import { type ExitCodes, exitCodeOfError } from '../../core/exit-codes.ts';
import { Start } from '../../core/start.ts';
import { ReportFile } from '../../report/write-report.ts';
import type { Settings } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { oneLine } from '../output/printable.ts';
import type { ReportTarget } from '../session/report-target.ts';
import type { JobLabels } from './metrics-of.ts';
import { metricsText } from './metrics-text.ts';
import { type PreviousMetrics, previousMetrics } from './previous-metrics.ts';
import { RunNumbers } from './run-numbers.ts';

/** Mode of the file: node_exporter runs as another user. */
const READABLE = 0o644;

export interface MetricsOptions {
  readonly context: CliContext;
  /** Path of the file; undefined for no metrics. */
  readonly path: string | undefined;
  readonly job: JobLabels;
  /** The exit codes of an error that `work` throws. */
  readonly exitCodes: ExitCodes;
}

/**
 * Runs `work`, and then writes the metrics of the run, whether it succeeded, failed or threw, but not if it was not confirmed.
 *
 * @param work Gets the numbers that it is to fill in; undefined if there are to be no metrics. Resolves to the exit code.
 * @throws BackupError `REPORT_NOT_WRITABLE`, before `work` begins or after it has succeeded; what `work` throws
 */
export async function withMetrics(
  { context, path, job, exitCodes }: MetricsOptions,
  work: (numbers: RunNumbers | undefined) => Promise<number>,
): Promise<number> {
  if (path === undefined) return work(undefined);
  const file = new ReportFile(path, 'report.metrics or --metrics', READABLE);
  const start = new Start();
  const numbers = new RunNumbers();
  const write = async (exitCode: number, error: string | undefined) => {
    const lastSuccess = lastSuccessOf(previousMetrics(path), job, path, context);
    const [endSeconds, durationSeconds] = [Date.now() / 1000, start.seconds];
    const facts = { job, numbers, exitCode, error, endSeconds, durationSeconds, lastSuccess };
    file.write([await metricsText(path, facts)]);
  };
  let exitCode: number;
  try {
    exitCode = await work(numbers);
  } catch (error) {
    const failure = fatalOf(error);
    // The error of the run is the one that matters.
    await write(exitCodeOfError(failure, exitCodes), failure.code).catch((second: Error) =>
      say(context, second.message),
    );
    throw error;
  }
  const error = numbers.summary?.error?.code;
  // A run that its user did not confirm has not begun: the file keeps the numbers of the last one.
  if (error === 'NOT_CONFIRMED') file.discard();
  else await write(exitCode, error);
  return exitCode;
}

/** Extends a report target: the numbers get each entry and the summary, too. */
export function withNumbers(target: ReportTarget, numbers: RunNumbers | undefined): ReportTarget {
  if (numbers === undefined) return target;
  const { entries } = target;
  return {
    ...target,
    entries: {
      add(entry) {
        entries.add(entry);
        numbers.add(entry);
      },
      close: () => entries.close(),
      [Symbol.iterator]: () => entries[Symbol.iterator](),
    },
    write: (summary) => {
      numbers.summary = summary;
      return target.write(summary);
    },
  };
}

/** Makes the labels of a job from its settings. They stay the same from run to run, also if one cannot begin. */
export function jobLabels({ aws, s3, backup }: Settings, command: JobLabels['command']): JobLabels {
  return {
    command,
    source: command === 'put' ? '-' : [backup.source_directory ?? ''].flat().join(', '),
    bucket: s3.bucket_name ?? '',
    prefix: s3.prefix,
    endpoint: hostOf(aws.endpoint_url),
  };
}

/** The URL itself may hold a password. */
function hostOf(url: string | undefined): string {
  return url !== undefined && URL.canParse(url) ? new URL(url).host : '';
}

/** The last success that the file tells, unless it was the file of another job. */
function lastSuccessOf(
  previous: PreviousMetrics | undefined,
  job: JobLabels,
  path: string,
  context: CliContext,
): number | undefined {
  if (previous === undefined) return undefined;
  const names = Object.keys(job) as (keyof JobLabels)[];
  const other = names.find((name) => (previous.info[name] ?? '') !== job[name]);
  if (other === undefined) return previous.lastSuccess;
  say(
    context,
    `the metrics in ${path} were those of another job (${other} "${previous.info[other] ?? ''}"), so its last success is not ` +
      'carried over; give each job a file of its own',
  );
  return undefined;
}

function say({ stderr }: CliContext, text: string): void {
  stderr.write(`s3-backup: ${oneLine(text)}\n`);
}
