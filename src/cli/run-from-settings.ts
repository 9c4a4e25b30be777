import { runBackup } from '../backup.ts';
import { BackupError } from '../errors.ts';
import { proxyVariables } from '../http/proxy.ts';
import type { Logger } from '../logger.ts';
import type { BackupOptions } from '../options.ts';
import type { Entries } from '../report/entries.ts';
import type { FileEntry, ReportSummary } from '../report/report.ts';
import { summarize } from '../report/summarize.ts';
import { Tally } from '../report/tally.ts';
import { backupOptions, secretsOf } from './backup-options.ts';
import { BandwidthLimit } from './bandwidth-limit.ts';
import type { LoadedConfig, Settings } from './config/index.ts';
import type { CliContext } from './context.ts';
import { consoleLevel, fileLevel } from './levels.ts';
import { createLogger } from './log/create-logger.ts';
import type { RotatingFileOptions } from './log/rotating-file.ts';
import { Screen } from './log/screen.ts';
import { masked, maskedError } from './mask.ts';
import { openList, untilAborted } from './open-list.ts';
import { ownFiles } from './own-files.ts';
import { plannedLine } from './planned-line.ts';
import { oneLine } from './printable.ts';
import { progressLine } from './progress-line.ts';
import { openReportTarget, type ReportTarget } from './report-target.ts';
import { stopOnSignals } from './stop-on-signals.ts';
import { Reasons, summaryText } from './summary.ts';

/** What the command line says beside the settings. */
export interface RunFlags {
  readonly dryRun: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly filesFrom?: string | undefined;
  readonly null: boolean;
  /** Reads the configuration again. @throws ConfigError */
  load(): LoadedConfig;
}

interface Run {
  readonly context: CliContext;
  readonly flags: RunFlags;
  readonly options: BackupOptions;
  readonly screen: Screen;
  readonly logger: Logger;
  readonly target: ReportTarget;
  readonly secrets: readonly string[];
  readonly limit: BandwidthLimit;
}

/**
 * Runs a backup from the command line: log, progress, signals, report and summary around the library's run.
 *
 * @returns the exit code
 * @throws BackupError when nothing was touched
 */
export async function runFromSettings(
  context: CliContext,
  config: LoadedConfig,
  flags: RunFlags,
): Promise<number> {
  const { settings, warnings } = config;
  const own = ownFiles(config, context.cwd);
  const options = optionsFor(context, config, flags, own);
  const secrets = secretsOf(settings);
  const screen = new Screen(context.stderr);
  const { logger, close } = createLogger({
    screen,
    consoleLevel: consoleLevel(config, flags),
    fileLevel: fileLevel(settings),
    file: logFile(settings),
    secrets,
  });
  try {
    for (const warning of warnings) logger.warn({ operation: 'configure' }, oneLine(warning));
    if (own.length > 0)
      logger.info({ operation: 'configure', own }, 'left out: files of this run in the source');
    const { manifest, md5sums, output_json: output } = settings.report;
    const target = openReportTarget(
      { output, md5sums: flags.dryRun ? undefined : md5sums, keepsEntries: manifest },
      context.stdout,
    );
    const limit = new BandwidthLimit(config, logger);
    return await runAndReport({ context, flags, options, screen, logger, target, secrets, limit });
  } finally {
    close();
  }
}

function optionsFor(
  context: CliContext,
  config: LoadedConfig,
  flags: RunFlags,
  own: readonly string[],
): BackupOptions {
  const given = { ...backupOptions(config), proxies: proxyVariables(context.env) };
  const exclude = [...(given.exclude ?? []), ...own];
  const options = { ...given, exclude, dryRun: flags.dryRun };
  const { filesFrom } = flags;
  return filesFrom === undefined ? options : { ...options, list: openList(context, filesFrom, flags.null) };
}

function logFile({ logging }: Settings): RotatingFileOptions | undefined {
  const { log_file: path, max_log_size_mb: megabytes, backup_count: backups } = logging;
  return path === undefined ? undefined : { path, maxBytes: megabytes * 1024 * 1024, backups };
}

async function runAndReport(run: Run): Promise<number> {
  const start = new Date();
  const { context, flags, options, screen, target, secrets, limit } = run;
  const { signal, release } = stopOnSignals(context, {
    say: (text) => screen.write(text),
    atTheEnd: target.discard,
    onHangUp: () => limit.readAgain(() => flags.load()),
  });
  try {
    const summary = await runAndTell(run, start, signal);
    await target.write(summary);
    return summary.exit_code;
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    const failure = maskedError(error, secrets);
    if (failure.code !== 'REPORT_NOT_WRITABLE')
      await target.write(summarize({ options: { ...options, signal }, start, tally: new Tally(), failure }));
    throw failure;
  } finally {
    target.discard();
    release();
    limit.close();
  }
}

async function runAndTell(run: Run, start: Date, signal: AbortSignal): Promise<ReportSummary> {
  const { context, options, screen, target, flags, logger, secrets, limit } = run;
  const { list } = options;
  const reasons = new Reasons();
  const tells = !flags.quiet && !target.takesStdout;
  const progress = { files: 0, failed: 0, bytes: 0 };
  if (!flags.quiet && !flags.dryRun)
    screen.showProgress(() => progressLine(progress, start.getTime(), Date.now()));
  const onEntry = (entry: FileEntry) => {
    reasons.add(entry);
    if (tells && flags.dryRun) context.stdout.write(plannedLine(entry));
  };
  try {
    const summary = await runBackup(
      {
        ...options,
        list: list && { ...list, input: untilAborted(list.input, signal) },
        signal,
        bytesPerSecond: () => limit.current,
        progress,
        onEntry,
        logger,
      },
      maskedEntries(target.entries, secrets),
    );
    screen.hideProgress();
    if (tells) context.stdout.write(summaryText(summary, reasons));
    const { error } = summary;
    return { ...summary, error: error && { ...error, message: masked(error.message, secrets) } };
  } finally {
    screen.hideProgress();
  }
}

/** What a server or a system said may quote a secret; paths and keys are what they are. */
function maskedEntries(entries: Entries, secrets: readonly string[]): Entries {
  return {
    add: (entry) => entries.add({ ...entry, reason: entry.reason && masked(entry.reason, secrets) }),
    close: () => entries.close(),
    [Symbol.iterator]: () => entries[Symbol.iterator](),
  };
}
