import prettyBytes from 'pretty-bytes';
import type { RestoreFate, RestoreOutcome } from '../../restore/outcomes.ts';
import type { RestoreEntry, RestoreSummary } from '../../restore/summary.ts';
import { oneLine, printable } from './printable.ts';
import { endedEarly, fateLines, files, type Reasons, withoutPlanned } from './summary.ts';

const MEANINGS: readonly (readonly [RestoreFate, string])[] = [
  ['restored', 'restored'],
  ['unchanged', 'already in the target'],
  ['requested', 'requested from the archive, not restored yet'],
  ['skipped', 'skipped'],
  ['failed', 'not restored'],
];

/** Formats the summary of a restore for the user; ends in a newline. */
export function restoreText(summary: RestoreSummary, reasons: Reasons<RestoreOutcome>): string {
  return `${[headline(summary), ...fateLines(withoutPlanned(summary), reasons, MEANINGS)].join('\n')}\n`;
}

function headline(summary: RestoreSummary): string {
  const { bucket, prefix, run, planned, counts, total_files: total, duration_seconds: seconds } = summary;
  const from = printable(`s3://${bucket}/${prefix}`);
  const source = `${from}${run === null ? '' : ` (run ${printable(run)})`}`;
  const target = printable(summary.target);
  if (planned)
    return `Dry run: ${files(planned.files)}, ${prettyBytes(planned.bytes)}, would be restored from ${source} to ${target}`;
  const here = counts.restored + counts.unchanged;
  const chosen = total - counts.skipped;
  return `${endedEarly(summary)}${here} of ${files(chosen)} from ${source} ${chosen === 1 ? 'is' : 'are'} in ${target} after ${seconds.toFixed(1)} s`;
}

/** Formats the line of a dry run about one object. */
export function wouldRestoreLine({ code, fate, path, size, reason }: RestoreEntry): string {
  if (code === 'DRY_RUN')
    return `${oneLine(reason ?? '')} ${prettyBytes(size ?? 0).padStart(9)}  ${printable(path)}\n`;
  if (fate === 'unchanged') return `is here already${' '.repeat(11)}  ${printable(path)}\n`;
  const verb = fate === 'failed' ? 'would fail' : 'would skip';
  return `${verb} ${printable(path)} (${code}: ${oneLine(reason ?? '')})\n`;
}
