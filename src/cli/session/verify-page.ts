import { BackupError } from '../../core/errors.ts';
import type { ReportSummary } from '../../report/report.ts';
import { ReportFile } from '../../report/write-report.ts';
import { pageAssets } from '../../report-page/assets.ts';
import { PageCollector } from '../../report-page/collect.ts';
import { verificationKind } from '../../report-page/kinds.ts';
import type { PageHead } from '../../report-page/page-data.ts';
import type { VerifyEntry } from '../../verify/result.ts';
import type { LoadedConfig } from '../config/index.ts';
import { isStdout } from './is-stdout.ts';

/** The HTML page of a verification, which gathers the results while they are found. */
export interface VerifyPage {
  /** Where it is written. */
  readonly path: string;
  add(entry: VerifyEntry): void;
  /** @throws BackupError `REPORT_NOT_WRITABLE` */
  write(summary: ReportSummary): void;
  /** Leaves the page of an earlier verification as it is. After `write` it does nothing. */
  discard(): void;
}

/**
 * Opens the page that `--html` names. The setting alone makes none: a verification must not take the place of the last run's
 * page.
 *
 * @param strict Whether objects without a local file count as failures.
 * @returns undefined if the flag was not given
 * @throws BackupError `REPORT_NOT_WRITABLE`, or `BAD_OPTION` if the page would go to stdout, where the results are
 */
export async function openVerifyPage(config: LoadedConfig, strict: boolean): Promise<VerifyPage | undefined> {
  const path = config.settings.report.html;
  if (path === undefined || config.origin('report.html').kind !== 'flag') return undefined;
  if (isStdout(path))
    throw new BackupError('BAD_OPTION', `--html is ${path}, and the results go to stdout; name a file.`);
  const file = new ReportFile(path, '--html');
  // Loaded only if it is needed.
  const { pageText } = await import('../../report-page/page.ts');
  const assets = pageAssets();
  const collected = new PageCollector(verificationKind(strict));
  let isOpen = true;
  return {
    path,
    add: ({ path, size, result: fate, code, reason, proof }) =>
      collected.add({ path, size, fate, code, reason, proof, attempts: 0, resumed_bytes: 0, seconds: null }),
    write: (summary) => {
      isOpen = false;
      file.write(pageText(headOf(summary, collected), collected, assets));
    },
    discard: () => {
      if (isOpen) file.discard();
      isOpen = false;
    },
  };
}

/** The counts of a page are those of the results, not of the fates that they stand for in a report. */
function headOf(summary: ReportSummary, { fates, total }: PageCollector): PageHead {
  const { timeline } = summary;
  const counts = Object.fromEntries([...fates].map(([fate, { files }]) => [fate, files]));
  const bytes = Object.fromEntries([...fates].map(([fate, each]) => [fate, each.bytes]));
  return {
    ...summary,
    ...{ counts, bytes, total_files: total },
    // A verification of a record has none.
    timeline: timeline.length > 0 ? timeline : undefined,
  };
}
