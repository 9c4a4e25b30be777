import prettyBytes from 'pretty-bytes';
import type { FileEntry, ReportSummary } from '../../report/report.ts';
import { printable } from './printable.ts';

/** Formats the end of `put` for the user; ends in a newline. @param entry Undefined if the run ended before the stream was read. */
export function putText(summary: ReportSummary, entry: FileEntry | undefined): string {
  const where = printable(`s3://${summary.bucket}/${entry?.key ?? summary.prefix}`);
  const seconds = `in ${summary.duration_seconds.toFixed(1)} s`;
  if (entry === undefined) return `nothing was stored in ${where}\n`;
  const { size, proof, code, reason, etag } = entry;
  if (proof !== null) {
    const manifest =
      summary.manifest === null
        ? ''
        : `manifest ${printable(`s3://${summary.bucket}/${summary.manifest}`)}\n`;
    return `${prettyBytes(size ?? 0)} stored as ${where} and proved (${proof}) ${seconds}\n${manifest}`;
  }
  const what = etag === null ? `nothing was stored as ${where}` : `${where} was stored, and is not proved`;
  return `${what}: ${code}: ${printable(reason ?? '')}\n`;
}
