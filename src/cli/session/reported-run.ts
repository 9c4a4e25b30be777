import { BackupError, fatalOf } from '../../core/errors.ts';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import { Start } from '../../core/start.ts';
import type { Outcome } from '../../flow/item.ts';
import type { Entries } from '../../report/entries.ts';
import type { RunEvent } from '../../report/events.ts';
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
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
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
  /** Number of runs that share the bandwidth limit. Default 1. */
  readonly parallel?: number | undefined;
  readonly words: ProgressWords;
  /** Runs the backup or restore. */
  readonly run: (circumstances: RunCircumstances<E>) => Promise<S>;
  /** Formats the line of a dry run about one file. */
  readonly plannedLine: (entry: FileEntry<E>) => string;
  /** Formats the summary for the user. */
  readonly summaryText: (summary: S, reasons: Reasons<E>) => string;
  /** Makes the summary of a run that failed before it could begin. */
  readonly failed: (failure: BackupError, start: Start, signal: AbortSignal) => S;
  /** Hooks and messages. Default: none. */
  readonly around?: Around<S> | undefined;
}

/** What is done around a run. Each method is called in this order; those that return a summary have added to it what failed. */
export interface Around<S> {
  /** Called before the run is begun. @throws BackupError, which ends the run before anything is touched */
  before(signal: AbortSignal): Promise<void>;
  /** Called when a question was answered so that the run begins. */
  begin(): void;
  onEntry(entry: FileEntry<Outcome>): void;
  /** Called when the run has ended, before its report is written. */
  after(summary: S): Promise<S>;
  /** Called when the report is written. @param text The summary for the user. */
  ended(summary: S, text: string): Promise<S>;
  /** Called before a second signal ends the process. */
  kill(): void;
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
  const { context, config, flags, log, target, around, parallel } = reported;
  const limit = new BandwidthLimit(config, log.logger, parallel);
  const { signal, release } = stopOnSignals(context, {
    say: (text) => log.screen.write(text),
    effect: () => (log.screen.isAsking ? 'no file was sent or deleted' : undefined),
    beforeExit: () => {
      around?.kill();
      target.discard();
    },
    onHangUp: () => limit.readAgain(() => flags.load()),
  });
  try {
    await around?.before(signal);
    const { summary, text } = await runFollowed(reported, {
      signal,
      bytesPerSecond: () => limit.current,
    });
    const ended = await conclude(reported, summary, text);
    await target.end?.(ended, signal);
    return ended.exit_code;
  } catch (error) {
    const failure = maskedError(fatalOf(error), log.secrets);
    const isKnown = error instanceof BackupError;
    // After an error of another kind the report may be written already.
    const isWritable = isKnown && failure.code !== 'REPORT_NOT_WRITABLE';
    const summary = reported.failed(failure, start, signal);
    let ended = summary;
    try {
      ended = await concludeFailed(reported, summary, isWritable);
    } finally {
      await target.end?.(ended, signal);
    }
    const { exit_code: code } = ended;
    if (!isKnown) throw error;
    if (code === EXIT_CODES.fatal || code === EXIT_CODES.temporary) throw failure;
    log.screen.write(wrapLines(`s3-backup: ${oneLine(failure.message)} [${failure.code}]\n`, context.stderr));
    return code;
  } finally {
    target.discard();
    release();
    limit.close();
  }
}

/**
 * Writes the report, prints the summary, and runs what is around the run. If that adds to the summary, the report is written again;
 * one that can be written only once (stdout, a pipe) is written at the end.
 */
async function conclude<S extends Summary, E extends Outcome>(
  { context, config, flags, target, around }: ReportedRun<S, E>,
  given: S,
  text: string,
): Promise<S> {
  const summary = (await around?.after(given)) ?? given;
  const isWritten = around === undefined || target.isReplaced;
  const tells = !flags.quiet && !target.takesStdout;
  let page: string | undefined;
  try {
    if (isWritten) await target.write(summary);
    if (isWritten) page = config.settings.report.html;
  } finally {
    // The report is written first, since printing may fail.
    const shown = text + (page === undefined ? '' : pageLine(page));
    if (tells) context.stdout.write(wrapLines(shown, context.stdout));
  }
  const ended = (await around?.ended(summary, text)) ?? summary;
  if (!isWritten || ended !== summary) await target.write(ended);
  return ended;
}

/** Does the same for a run that could not begin, or whose report could not be written; prints nothing. */
async function concludeFailed<S extends Summary, E extends Outcome>(
  { target, around, summaryText }: ReportedRun<S, E>,
  given: S,
  isWritable: boolean,
): Promise<S> {
  const summary = (await around?.after(given)) ?? given;
  const isWritten = isWritable && (around === undefined || target.isReplaced);
  if (isWritten) await target.write(summary);
  const ended = (await around?.ended(summary, summaryText(summary, new Reasons<E>()))) ?? summary;
  if (isWritable && (!isWritten || ended !== summary)) await target.write(ended);
  return ended;
}

/** @returns the summary, and its text for the user */
async function runFollowed<S extends Summary, E extends Outcome>(
  reported: ReportedRun<S, E>,
  given: Pick<RunCircumstances<E>, 'signal' | 'bytesPerSecond'>,
): Promise<{ summary: S; text: string }> {
  const { context, flags, log, target, run, plannedLine, summaryText, around } = reported;
  const { secrets } = log;
  const tells = !flags.quiet && !target.takesStdout;
  const reasons = new Reasons<E>();
  const onEntry = (entry: FileEntry<E>) => {
    reasons.add(entry);
    around?.onEntry(entry);
    if (tells && flags.dryRun) context.stdout.write(plannedLine(entry));
  };
  const entries = maskedEntries(target.entries, secrets);
  const isHidden = flags.quiet || flags.dryRun;
  const { follower } = target;
  const counts = follower !== undefined;
  const { progress, end } = displayProgress({ ...reported, ...log, isHidden, counts });
  const unfollow = follower?.follow(progress);
  try {
    const done = await run({ ...given, progress, entries, onEntry, onEvent: follower?.onEvent });
    const { error } = done;
    const summary = { ...done, error: error && { ...error, message: masked(error.message, secrets) } };
    return { summary, text: summaryText(summary, reasons) };
  } finally {
    unfollow?.();
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
