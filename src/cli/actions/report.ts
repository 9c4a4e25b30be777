import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { BackupError, messageOf } from '../../core/errors.ts';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import { ReportFile } from '../../report/write-report.ts';
import { pageAssets } from '../../report-page/assets.ts';
import { pageText } from '../../report-page/page.ts';
import { readReport } from '../../report-page/read-report.ts';
import type { CliContext } from '../context.ts';
import { printable } from '../output/printable.ts';
import { writeText } from '../output/write-text.ts';
import { openInput } from '../session/open-input.ts';

/**
 * Runs `s3-backup report`: makes an HTML page of a report.
 *
 * @param report Path of the report; `-` for stdin.
 * @param html Path of the page; `-` for stdout. Default: the report's, with .html instead of .json; stdout if that is no file.
 * @returns the exit code
 * @throws BackupError `REPORT_UNREADABLE`, `REPORT_NOT_WRITABLE`, `BAD_OPTION`
 */
export async function reportAction(
  context: CliContext,
  report: string,
  html: string | undefined,
): Promise<number> {
  const { cwd, stdout } = context;
  const input = open(context, report);
  const page = html ?? defaultPage(resolve(cwd, report), report);
  if (page !== '-') requireApart(resolve(cwd, report), resolve(cwd, page));
  const file = page === '-' ? undefined : new ReportFile(resolve(cwd, page), '--html');
  try {
    const { head, collected } = await readReport(input, report === '-' ? 'The report' : printable(report));
    const text = pageText(head, collected, pageAssets());
    if (file === undefined) await writeText(stdout, text);
    else file.write(text);
  } catch (error) {
    file?.discard();
    throw error;
  }
  if (file !== undefined) stdout.write(`Written: ${printable(page)}\n`);
  return EXIT_CODES.ok;
}

function open(context: CliContext, report: string) {
  try {
    return openInput(context, report);
  } catch (error) {
    throw new BackupError('REPORT_UNREADABLE', `${printable(report)} cannot be read: ${messageOf(error)}`, {
      hint: 'Name a report that --output-json wrote, or - for stdin.',
      cause: error,
    });
  }
}

function defaultPage(path: string, report: string): string {
  if (report === '-' || !statSync(path).isFile()) return '-';
  return `${report.replace(/\.json$/, '')}.html`;
}

/** Makes sure that the page does not take the place of its report. @throws BackupError `BAD_OPTION` */
function requireApart(report: string, page: string): void {
  const [a, b] = [report, page].map((path) => statSync(path, { throwIfNoEntry: false }));
  if (a?.isFile() && a.dev === b?.dev && a.ino === b.ino)
    throw new BackupError('BAD_OPTION', '--html names the report itself.', { hint: 'Name another file.' });
}
