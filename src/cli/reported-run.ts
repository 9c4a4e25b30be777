import { BackupError } from '../errors.ts';
import type { End } from '../item.ts';
import type { Progress } from '../options.ts';
import type { Entries } from '../report/entries.ts';
import type { ReportSummary } from '../report/report.ts';
import { BandwidthLimit } from './bandwidth-limit.ts';
import type { LoadedConfig } from './config/index.ts';
import type { CliContext } from './context.ts';
import { masked, maskedError } from './mask.ts';
import { progressLine } from './progress-line.ts';
import type { ReportTarget } from './report-target.ts';
import { stopOnSignals } from './stop-on-signals.ts';
import type { Log } from './with-log.ts';

/** What is known while a run goes on. */
export interface RunCircumstances<E extends End> {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** The limit for the content of all files at this moment. */
  readonly bytesPerSecond: () => number;
  /** Of the report, without secrets. */
  readonly entries: Entries<E>;
}

export interface ReportedRun<S, E extends End> {
  readonly context: CliContext;
  readonly config: LoadedConfig;
  /** Reads the configuration again. @throws ConfigError */
  readonly load: () => LoadedConfig;
  readonly log: Log;
  readonly target: ReportTarget<S, E>;
  readonly showsProgress: boolean;
  /** The run. */
  readonly run: (circumstances: RunCircumstances<E>) => Promise<S>;
  /** Tells people how it ended. */
  readonly tell: (summary: S) => void;
  /** The report of a run that could not be begun. */
  readonly failed: (failure: BackupError, start: Date, signal: AbortSignal) => S;
}

type Summary = Pick<ReportSummary, 'exit_code' | 'error'>;

/**
 * Runs something that ends in a report, with signals, progress, and a report also where it could not be begun.
 *
 * @returns the exit code
 * @throws BackupError when nothing was touched
 */
export async function reportedRun<S extends Summary, E extends End>(
  reported: ReportedRun<S, E>,
): Promise<number> {
  const start = new Date();
  const { context, config, load, log, target } = reported;
  const limit = new BandwidthLimit(config, log.logger);
  const { signal, release } = stopOnSignals(context, {
    say: (text) => log.screen.write(text),
    atTheEnd: target.discard,
    onHangUp: () => limit.readAgain(load),
  });
  try {
    const summary = await runAndTell(reported, start, { signal, bytesPerSecond: () => limit.current });
    await target.write(summary);
    return summary.exit_code;
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    const failure = maskedError(error, log.secrets);
    if (failure.code !== 'REPORT_NOT_WRITABLE') await target.write(reported.failed(failure, start, signal));
    throw failure;
  } finally {
    target.discard();
    release();
    limit.close();
  }
}

async function runAndTell<S extends Summary, E extends End>(
  { log, target, showsProgress, run, tell }: ReportedRun<S, E>,
  start: Date,
  given: Pick<RunCircumstances<E>, 'signal' | 'bytesPerSecond'>,
): Promise<S> {
  const { screen, secrets } = log;
  const progress = { files: 0, failed: 0, bytes: 0 };
  if (showsProgress) screen.showProgress(() => progressLine(progress, start.getTime(), Date.now()));
  try {
    const summary = await run({ ...given, progress, entries: maskedEntries(target.entries, secrets) });
    screen.hideProgress();
    tell(summary);
    const { error } = summary;
    return { ...summary, error: error && { ...error, message: masked(error.message, secrets) } };
  } finally {
    screen.hideProgress();
  }
}

/** What a server or a system said may quote a secret; paths and keys are what they are. */
function maskedEntries<E extends End>(entries: Entries<E>, secrets: readonly string[]): Entries<E> {
  return {
    add: (entry) => entries.add({ ...entry, reason: entry.reason && masked(entry.reason, secrets) }),
    close: () => entries.close(),
    [Symbol.iterator]: () => entries[Symbol.iterator](),
  };
}
