import { runBackup } from '../../backup/backup.ts';
import type { BackupOptions } from '../../backup/options.ts';
import { proxyVariables } from '../../http/proxy.ts';
import { summarize } from '../../report/summarize.ts';
import { Tally } from '../../report/tally.ts';
import { reportText } from '../../report/write-report.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { plannedLine } from '../output/planned-line.ts';
import { summaryText } from '../output/summary.ts';
import { askOnTerminal, type ConfirmFlags, whenToAsk } from '../session/confirm-on-terminal.ts';
import { openList } from '../session/open-list.ts';
import { backupOptions } from '../session/options-from-settings.ts';
import { ownFiles } from '../session/own-files.ts';
import { openReportTarget, type ReportTarget } from '../session/report-target.ts';
import { type ReportedFlags, reportedRun } from '../session/reported-run.ts';
import { withMd5sums, withPage } from '../session/with-files-beside.ts';
import { type Log, withLog } from '../session/with-log.ts';

/** The flags of this command that are not settings. */
export interface RunFlags extends ReportedFlags, ConfirmFlags {
  readonly verbose: boolean;
  readonly null: boolean;
}

/**
 * Runs `s3-backup run`: adds log, progress, signals, report and summary to the library's backup.
 *
 * @returns the exit code
 * @throws BackupError if the run ended before anything was touched
 */
export async function runAction(context: CliContext, config: LoadedConfig, flags: RunFlags): Promise<number> {
  const own = ownFiles(config, context.cwd);
  const options = optionsFor(context, config, flags, own);
  return withLog(context, config, flags, async (log) => {
    if (own.length > 0)
      log.logger.info({ operation: 'configure', own }, 'left out: files of this run in the source');
    return runAndReport(context, config, flags, options, log);
  });
}

function optionsFor(
  context: CliContext,
  config: LoadedConfig,
  flags: RunFlags,
  own: readonly string[],
): BackupOptions {
  const given = { ...backupOptions(config), proxies: proxyVariables(context.env) };
  const moves = given.deleteAfterUpload === true && !flags.dryRun;
  const confirmWhen = moves ? whenToAsk(context, config, flags) : undefined;
  const options = { ...given, ownFiles: own, dryRun: flags.dryRun, confirmWhen };
  const { filesFrom } = flags;
  return filesFrom === undefined ? options : { ...options, list: openList(context, filesFrom, flags.null) };
}

function runAndReport(
  context: CliContext,
  config: LoadedConfig,
  flags: RunFlags,
  options: BackupOptions,
  log: Log,
): Promise<number> {
  const { deleteAfterUpload: deletes = false, confirmWhen } = options;
  const confirm = confirmWhen && askOnTerminal(context, log.screen);
  const target = targetOf(context, config, flags, log);
  return reportedRun({
    context,
    config,
    flags,
    log,
    target,
    words: { items: ['file', 'files'], moved: 'sent' },
    plannedLine,
    summaryText: (summary, reasons) => summaryText(summary, reasons, deletes),
    run: ({ entries, ...circumstances }) =>
      runBackup({ ...options, ...circumstances, confirm, logger: log.logger }, entries),
    failed: (failure, start, signal) =>
      summarize({
        options: { ...options, source: [config.settings.backup.source_directory].flat().join(', '), signal },
        start,
        tally: new Tally(),
        failure,
      }),
  });
}

function targetOf(
  { stdout }: CliContext,
  { settings }: LoadedConfig,
  { dryRun }: RunFlags,
  { logger }: Log,
): ReportTarget {
  const { output_json: output, manifest, md5sums, html } = settings.report;
  const keepsEntries = manifest || md5sums !== undefined || html !== undefined;
  const target = withPage(openReportTarget(output, stdout, reportText, keepsEntries), html);
  return withMd5sums(target, dryRun ? undefined : md5sums, logger);
}
