import { BackupError } from '../../core/errors.ts';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import { Start } from '../../core/start.ts';
import type { Outcome } from '../../flow/item.ts';
import type { Entries } from '../../report/entries.ts';
import type { FileEntry, ReportSummary } from '../../report/report.ts';
import type { Progress } from '../../run/progress.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { wrapLines } from '../output/layout.ts';
import { masked, maskedError } from '../output/mask.ts';
import { oneLine } from '../output/printable.ts';
import type { ProgressWords } from '../output/progress-line.ts';
import { pageLine, Reasons } from '../output/summary.ts';
import { BandwidthLimit } from './bandwidth-limit.ts';
import { displayProgress } from './progress-display.ts';
import type { ReportTarget } from './report-target.ts';
import { stopOnSignals } from './stop-on-signals.ts';
import type { Log } from './with-log.ts';

/** What the command line hands to a run. */
export interface RunCircumstances<E extends Outcome> {
  /** Signal whose abort stops the run; the first SIGINT or SIGTERM aborts it. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Limit for the content of all files at this moment, in bytes per second; `Infinity` for none. */
  readonly bytesPerSecond: () => number;
  /** Entries of the report. Secrets in them are masked. */
  readonly entries: Entries<E>;
  /** Called with the entry of each file when it is settled. */
  readonly onEntry: (entry: FileEntry<E>) => void;
}

/** The flags that backup and restore share. */
export interface ReportedFlags {
  readonly dryRun: boolean;
  readonly quiet: boolean;
  /** Reads the configuration again. @throws ConfigError */
  load(): Promise<LoadedConfig>;
}

export interface ReportedRun<S, E extends Outcome> {
  readonly context: CliContext;
  readonly config: LoadedConfig;
  readonly flags: ReportedFlags;
  readonly log: Log;
  readonly target: ReportTarget<S, E>;
  readonly words: ProgressWords;
  /** Runs the backup or restore. */
  readonly run: (circumstances: RunCircumstances<E>) => Promise<S>;
  /** Formats the line of a dry run about one file. */
  readonly plannedLine: (entry: FileEntry<E>) => string;
  /** Formats the summary for the user. */
  readonly summaryText: (summary: S, reasons: Reasons<E>) => string;
  /** Makes the summary of a run that failed before it could begin. */
  readonly failed: (failure: BackupError, start: Start, signal: AbortSignal) => S;
}

type Summary = Pick<ReportSummary, 'exit_code' | 'error'>;

/**
 * Carries out a run with signals, progress and a report. The report is written even if the run could not begin.
 *
 * @returns the exit code
 * @throws BackupError if the run ended before anything was touched
 */
export async function reportedRun<S extends Summary, E extends Outcome>(
  reported: ReportedRun<S, E>,
): Promise<number> {
  const start = new Start();
  const { context, config, flags, log, target } = reported;
  const limit = new BandwidthLimit(config, log.logger);
  const { signal, release } = stopOnSignals(context, {
    say: (text) => log.screen.write(text),
    effect: () => (log.screen.isAsking ? 'no file was sent or deleted' : undefined),
    beforeExit: target.discard,
    onHangUp: () => limit.readAgain(() => flags.load()),
  });
  try {
    const { summary, tell } = await runFollowed(reported, {
      signal,
      bytesPerSecond: () => limit.current,
    });
    let page: string | undefined;
    try {
      await target.write(summary);
      page = config.settings.report.html;
    } finally {
      tell(page);
    }
    return summary.exit_code;
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    const failure = maskedError(error, log.secrets);
    const summary = reported.failed(failure, start, signal);
    if (failure.code !== 'REPORT_NOT_WRITABLE') await target.write(summary);
    if (summary.exit_code === EXIT_CODES.fatal) throw failure;
    log.screen.write(wrapLines(`s3-backup: ${oneLine(failure.message)} [${failure.code}]\n`, context.stderr));
    return summary.exit_code;
  } finally {
    target.discard();
    release();
    limit.close();
  }
}

/** @returns the summary, and a function that prints it and where the page is: the report is written first, since printing may fail */
async function runFollowed<S extends Summary, E extends Outcome>(
  reported: ReportedRun<S, E>,
  given: Pick<RunCircumstances<E>, 'signal' | 'bytesPerSecond'>,
): Promise<{ summary: S; tell: (page: string | undefined) => void }> {
  const { context, flags, log, target, run, plannedLine, summaryText } = reported;
  const { secrets } = log;
  const tells = !flags.quiet && !target.takesStdout;
  const reasons = new Reasons<E>();
  const onEntry = (entry: FileEntry<E>) => {
    reasons.add(entry);
    if (tells && flags.dryRun) context.stdout.write(plannedLine(entry));
  };
  const entries = maskedEntries(target.entries, secrets);
  const isHidden = flags.quiet || flags.dryRun;
  const { progress, end } = displayProgress({ ...reported, ...log, isHidden });
  try {
    const done = await run({ ...given, progress, entries, onEntry });
    const { error } = done;
    const summary = { ...done, error: error && { ...error, message: masked(error.message, secrets) } };
    const tell = (page: string | undefined) => {
      const text = summaryText(summary, reasons) + (page === undefined ? '' : pageLine(page));
      if (tells) context.stdout.write(wrapLines(text, context.stdout));
    };
    return { summary, tell };
  } finally {
    end();
  }
}

/**
 * Masks secrets in the reasons of entries, since messages of servers or the system may quote them. Paths and keys stay as they
 * are.
 */
function maskedEntries<E extends Outcome>(entries: Entries<E>, secrets: readonly string[]): Entries<E> {
  return {
    add(entry) {
      const reason = entry.reason && masked(entry.reason, secrets);
      entries.add(reason === entry.reason ? entry : { ...entry, reason });
    },
    close: () => entries.close(),
    [Symbol.iterator]: () => entries[Symbol.iterator](),
  };
}
