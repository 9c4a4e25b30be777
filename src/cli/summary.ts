import prettyBytes from 'pretty-bytes';
import type { Fate, ItemCode } from '../item.ts';
import type { FileEntry, ReportSummary } from '../report/report.ts';
import { printable } from './printable.ts';

const MEANINGS: readonly (readonly [Fate, string])[] = [
  ['deleted', 'proved and deleted here'],
  ['kept', 'proved, kept here'],
  ['unchanged', 'was there already'],
  ['skipped', 'skipped'],
  ['failed', 'failed, still here'],
];

/** Counts why files were skipped or failed, for the summary. */
export class Reasons {
  readonly #counts = new Map<Fate, Map<ItemCode, number>>();

  add({ fate, code }: FileEntry): void {
    if (code === null) return;
    const codes = this.#counts.get(fate) ?? new Map<ItemCode, number>();
    codes.set(code, (codes.get(code) ?? 0) + 1);
    this.#counts.set(fate, codes);
  }

  /** `SYMBOLIC_LINK 3, EXCLUDED 1` */
  of(fate: Fate): string {
    const codes = [...(this.#counts.get(fate) ?? [])].sort(([, a], [, b]) => b - a);
    return codes.map(([code, count]) => `${code} ${count}`).join(', ');
  }
}

/** The short summary for people, ending in a newline. */
export function summaryText(summary: ReportSummary, reasons: Reasons): string {
  const lines = [headline(summary)];
  for (const [fate, meaning] of MEANINGS) {
    const count = summary.counts[fate];
    if (count === 0) continue;
    const why = reasons.of(fate);
    const size = prettyBytes(summary.bytes[fate]).padStart(9);
    lines.push(`  ${String(count).padStart(8)} ${size}  ${meaning}${why && ` (${why})`}`);
  }
  if (summary.resumed_bytes > 0)
    lines.push(
      `${' '.repeat(11)}${prettyBytes(summary.resumed_bytes).padStart(9)}  of that sent by earlier runs, not again`,
    );
  if (summary.removed_folders > 0)
    lines.push(`  ${String(summary.removed_folders).padStart(8)}            emptied folders removed`);
  if (summary.manifest !== null)
    lines.push(`  ${' '.repeat(18)}  manifest s3://${summary.bucket}/${summary.manifest}`);
  return `${lines.join('\n')}\n`;
}

function headline(summary: ReportSummary): string {
  const { bucket, prefix, source, planned, total_files: total } = summary;
  const target = `s3://${bucket}/${prefix}`;
  if (planned) {
    return `Dry run: ${files(planned.files)}, ${prettyBytes(planned.bytes)}, would go from ${printable(source)} to ${target}`;
  }
  if (total === 0 && !summary.interrupted && !summary.error)
    return `Nothing to do: no file in ${printable(source)}`;
  const ended = summary.error
    ? `Failed (${summary.error.code}). `
    : summary.interrupted
      ? 'Stopped early. '
      : '';
  const { verified_files: proved, duration_seconds: seconds } = summary;
  return `${ended}${files(proved)} of ${total} proved in ${target} in ${seconds.toFixed(1)} s`;
}

function files(count: number): string {
  return `${count} ${count === 1 ? 'file' : 'files'}`;
}
