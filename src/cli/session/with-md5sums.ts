import type { Logger } from '../../core/logger.ts';
import { md5sumLines } from '../../report/md5sums.ts';
import type { ReportSummary } from '../../report/report.ts';
import { ReportFile } from '../../report/write-report.ts';
import { isStdout, type ReportTarget } from './report-target.ts';

/**
 * Extends a report target: it also writes a file with the MD5s of all proved files.
 *
 * @param target Report target that keeps its entries.
 * @param logger Gets a warning if files are missing in the MD5s because they were not read.
 * @throws BackupError `REPORT_NOT_WRITABLE`
 */
export function withMd5sums(target: ReportTarget, path: string, logger: Logger): ReportTarget {
  const file = openBeside(target, path);
  let isOpen = true;
  const discard = () => {
    if (isOpen) file.discard();
    isOpen = false;
  };
  return {
    ...target,
    takesStdout: target.takesStdout || isStdout(path),
    write: async (summary) => {
      try {
        // A run that could not begin leaves the MD5s of the last run unchanged.
        if (summary.total_files === 0 && summary.error !== null) discard();
        else {
          isOpen = false;
          file.write(md5sumLines(target.entries));
          warnOfUnread(summary, path, logger);
        }
      } finally {
        await target.write(summary);
      }
    },
    discard: () => {
      discard();
      target.discard();
    },
  };
}

function warnOfUnread({ unread_files: unread }: ReportSummary, path: string, logger: Logger): void {
  if (unread === 0) return;
  const hint = 'use --compare checksum to read them';
  logger.warn(
    { operation: 'md5sums', path, unread, hint },
    'unchanged files that were not read are missing in the MD5s',
  );
}

function openBeside(target: ReportTarget, path: string): ReportFile {
  try {
    return new ReportFile(path, 'report.md5sums or --md5sums');
  } catch (error) {
    target.discard();
    throw error;
  }
}
