import type { Logger } from '../../core/logger.ts';
import type { Outcome } from '../../flow/item.ts';
import { md5sumLines } from '../../report/md5sums.ts';
import type { ReportSummary } from '../../report/report.ts';
import { ReportFile } from '../../report/write-report.ts';
import { pageAssets } from '../../report-page/assets.ts';
import type { PageHead } from '../../report-page/page-data.ts';
import { isStdout } from './is-stdout.ts';
import type { ReportTarget } from './report-target.ts';

/**
 * Extends a report target: it also writes a file with the MD5s of all proved files.
 *
 * @param target Report target that keeps its entries.
 * @param path Path of the file; undefined for none.
 * @param logger Gets a warning if files are missing in the MD5s because they were not read.
 * @throws BackupError `REPORT_NOT_WRITABLE`
 */
export function withMd5sums(target: ReportTarget, path: string | undefined, logger: Logger): ReportTarget {
  let isWritten = false;
  return withFile(target, path, 'report.md5sums or --md5sums', async (file, summary) => {
    // They have nothing of what a second report adds.
    if (isWritten) return;
    isWritten = true;
    // A run that could not begin leaves the MD5s of the last run unchanged.
    if (summary.total_files === 0 && summary.error !== null) return file.discard();
    file.write(md5sumLines(target.entries));
    warnOfUnread(summary, path, logger);
  });
}

function warnOfUnread(
  { unread_files: unread }: ReportSummary,
  path: string | undefined,
  logger: Logger,
): void {
  if (unread === 0) return;
  const hint = 'use --compare checksum to read them';
  logger.warn(
    { operation: 'md5sums', path, unread, hint },
    'unchanged files that were not read are missing in the MD5s',
  );
}

/**
 * Extends a report target: it also writes the report as an HTML page.
 *
 * @param target Report target that keeps its entries.
 * @param path Path of the page; undefined for none.
 * @throws BackupError `REPORT_NOT_WRITABLE`
 */
export function withPage<S extends PageHead, E extends Outcome>(
  target: ReportTarget<S, E>,
  path: string | undefined,
): ReportTarget<S, E> {
  if (path === undefined) return target;
  const assets = pageAssets();
  return withFile(target, path, 'report.html or --html', async (file, summary) => {
    // Loaded only if it is needed.
    const { pageOf } = await import('../../report-page/page.ts');
    file.write(pageOf(summary, target.entries, assets));
  });
}

function withFile<S, E extends Outcome>(
  target: ReportTarget<S, E>,
  path: string | undefined,
  option: string,
  write: (file: ReportFile, summary: S) => Promise<void>,
): ReportTarget<S, E> {
  if (path === undefined) return target;
  const file = openBeside(target, path, option);
  let isOpen = true;
  return {
    ...target,
    takesStdout: target.takesStdout || isStdout(path),
    isReplaced: target.isReplaced && file.isReplaced,
    write: async (summary) => {
      isOpen = false;
      try {
        await write(file, summary);
      } finally {
        await target.write(summary);
      }
    },
    discard: () => {
      if (isOpen) file.discard();
      isOpen = false;
      target.discard();
    },
  };
}

function openBeside<S, E extends Outcome>(
  target: ReportTarget<S, E>,
  path: string,
  option: string,
): ReportFile {
  try {
    return new ReportFile(path, option);
  } catch (error) {
    target.discard();
    throw error;
  }
}
