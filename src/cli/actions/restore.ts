import { resolve } from 'node:path';
import { proxyVariables } from '../../http/proxy.ts';
import { anyReportText } from '../../report/write-report.ts';
import type { RestoreOptions } from '../../restore/options.ts';
import type { RestoreOutcome } from '../../restore/outcomes.ts';
import { runRestore } from '../../restore/restore.ts';
import { RESTORE_LISTS, type RestoreSummary, RestoreTally, summarizeRestore } from '../../restore/summary.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { restoreText, wouldRestoreLine } from '../output/restore-text.ts';
import { destinationOptions } from '../session/options-from-settings.ts';
import { ownOutputs } from '../session/own-files.ts';
import { openReportTarget } from '../session/report-target.ts';
import { type ReportedFlags, reportedRun } from '../session/reported-run.ts';
import { type Log, withLog } from '../session/with-log.ts';

/** What the command line says beside the settings. */
export interface RestoreFlags extends ReportedFlags {
  readonly patterns: readonly string[];
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly to?: string | undefined;
  readonly overwrite: boolean;
  readonly versionAt?: string | undefined;
  readonly run?: string | undefined;
  readonly links: boolean;
  readonly allowSetuid: boolean;
  readonly archiveDays?: string | undefined;
  readonly archiveTier?: string | undefined;
  readonly verbose: boolean;
}

/**
 * Restores from the command line: log, progress, signals, report and summary around the library's restore.
 *
 * @returns the exit code
 * @throws BackupError when nothing was touched
 */
export async function restoreAction(
  context: CliContext,
  config: LoadedConfig,
  flags: RestoreFlags,
): Promise<number> {
  const options = restoreOptions(context, config, flags);
  return withLog(context, config, flags, (log) => runAndReport(context, config, flags, options, log));
}

/** Settings that choose files for backups are not looked at: a restore brings back what is there. */
function restoreOptions(context: CliContext, config: LoadedConfig, flags: RestoreFlags): RestoreOptions {
  const { safety, transfer } = config.settings;
  const { dryRun, overwrite, links, allowSetuid, versionAt, run } = flags;
  const { patterns: pattern, include, exclude, to, archiveDays, archiveTier } = flags;
  const folder = to === undefined || to === '' ? '' : resolve(context.cwd, to);
  const noFolder = { message: 'No folder to restore to is named.', hint: 'Name one with --to.' };
  const tier = archiveTier && archiveTier[0]?.toUpperCase() + archiveTier.slice(1).toLowerCase();
  // It stores nothing.
  const { checksum, ...destination } = destinationOptions(config, folder === '' ? noFolder : undefined);
  return {
    ...destination,
    proxies: proxyVariables(context.env),
    requireProof: safety.require_proof,
    waitSeconds: safety.wait,
    concurrency: transfer.concurrency,
    partSizeBytes: transfer.part_size,
    memoryBytes: transfer.memory,
    ...{ pattern, include, exclude, dryRun, overwrite, links, allowSetuid, versionAt, run },
    to: folder,
    ownFiles: ownOutputs(config.settings, { folder, label: '' }),
    archiveDays: archiveDays === undefined ? undefined : Number(archiveDays),
    archiveTier: tier as RestoreOptions['archiveTier'],
  };
}

function runAndReport(
  context: CliContext,
  config: LoadedConfig,
  flags: RestoreFlags,
  options: RestoreOptions,
  log: Log,
): Promise<number> {
  const target = openReportTarget<RestoreSummary, RestoreOutcome>(
    config.settings.report.output_json,
    context.stdout,
    (summary, entries) => anyReportText(summary, entries, RESTORE_LISTS),
  );
  return reportedRun({
    context,
    config,
    flags,
    log,
    target,
    plannedLine: wouldRestoreLine,
    summaryText: restoreText,
    run: ({ entries, ...circumstances }) =>
      runRestore({ ...options, ...circumstances, logger: log.logger }, entries),
    failed: (failure, start, signal) =>
      summarizeRestore({ options: { ...options, signal }, start, tally: new RestoreTally(true), failure }),
  });
}
