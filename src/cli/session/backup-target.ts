import { reportText } from '../../report/write-report.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { withEvents } from '../events/with-events.ts';
import { openReportTarget, type ReportTarget } from './report-target.ts';
import { withMd5sums, withPage } from './with-files-beside.ts';
import type { Log } from './with-log.ts';

/** What the target of a backup's report has to do beside the settings. */
export interface BackupTargetOptions {
  readonly context: CliContext;
  readonly log: Log;
  /** Whether the entries are kept for a manifest. */
  readonly storesManifest: boolean;
  /** A dry run writes no MD5s. */
  readonly dryRun: boolean;
}

/**
 * Opens what the report of a backup goes to: report, page, MD5s and events, as the settings say.
 *
 * @throws BackupError `REPORT_NOT_WRITABLE`
 */
export function openBackupTarget(
  { settings }: LoadedConfig,
  { context, log, storesManifest, dryRun }: BackupTargetOptions,
): ReportTarget {
  const { output_json: output, md5sums, html, events } = settings.report;
  const keepsEntries = storesManifest || md5sums !== undefined || html !== undefined;
  const target = withPage(openReportTarget(output, context.stdout, reportText, keepsEntries), html);
  const withSums = withMd5sums(target, dryRun ? undefined : md5sums, log.logger);
  return withEvents(withSums, events, { operation: 'backup', context, log });
}
