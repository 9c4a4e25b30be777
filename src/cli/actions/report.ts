import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { BackupError, messageOf } from '../../core/errors.ts';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import { SpooledEntries } from '../../report/entries.ts';
import type { FileEntry } from '../../report/report.ts';
import { pageAssets } from '../../report-page/assets.ts';
import { pageText } from '../../report-page/page.ts';
import { readReport } from '../../report-page/read-report.ts';
import type { CliContext } from '../context.ts';
import { reportTextOf } from '../events/report-text-of.ts';
import { printable, safeJsonText } from '../output/printable.ts';
import { MadeOutputs } from '../session/made-outputs.ts';
import { openInput } from '../session/open-input.ts';

/** What `s3-backup report` makes: paths, or `-` for stdout. */
export interface ReportFlags {
  /** The page. Default: beside the report, unless `outputJson` is given. */
  readonly html?: string | undefined;
  /** The report, made of events. Default: none. */
  readonly outputJson?: string | undefined;
}

/**
 * Runs `s3-backup report`: makes an HTML page of a report, or of the events of a run; or makes the report of its events.
 *
 * @param report Path of the report or the events; `-` for stdin.
 * @returns the exit code
 * @throws BackupError `REPORT_UNREADABLE`, `REPORT_NOT_WRITABLE`, `BAD_OPTION`
 */
export async function reportAction(
  context: CliContext,
  report: string,
  { html, outputJson }: ReportFlags,
): Promise<number> {
  const path = resolve(context.cwd, report);
  const input = open(context, report);
  const page = html ?? (outputJson === undefined ? defaultPage(path, report) : undefined);
  const outputs = new MadeOutputs(context, path);
  try {
    outputs.open('--html', page);
    outputs.open('--output-json', outputJson);
    const entries = outputJson === undefined ? undefined : new SpooledEntries(tmpdir());
    const name = report === '-' ? 'The report' : printable(report);
    const { head, collected, summary } = await readReport(input, name, (entry) =>
      entries?.add(entry as unknown as FileEntry),
    );
    if (entries) {
      const text = reportTextOf(requireEvents(summary), entries);
      await outputs.write('--output-json', outputJson === '-' ? safeJsonText(text) : text);
      entries.close();
    }
    if (page !== undefined) await outputs.write('--html', pageText(head, collected, pageAssets()));
  } finally {
    outputs.end();
  }
  return EXIT_CODES.ok;
}

/** @throws BackupError `BAD_OPTION` if the input is a report already */
function requireEvents<T>(summary: T | undefined): T {
  if (summary !== undefined) return summary;
  throw new BackupError(
    'BAD_OPTION',
    '--output-json makes a report of events, and this is a report already.',
    {
      hint: 'Name what --events wrote; --html makes the page of a report.',
    },
  );
}

function open(context: CliContext, report: string) {
  try {
    return openInput(context, report);
  } catch (error) {
    throw new BackupError('REPORT_UNREADABLE', `${printable(report)} cannot be read: ${messageOf(error)}`, {
      hint: 'Name a report that --output-json wrote, or events that --events wrote, or - for stdin.',
      cause: error,
    });
  }
}

function defaultPage(path: string, report: string): string {
  if (report === '-' || !statSync(path).isFile()) return '-';
  return `${report.replace(/\.(json|ndjson)$/, '')}.html`;
}
