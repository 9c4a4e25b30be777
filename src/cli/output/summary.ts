import prettyBytes from 'pretty-bytes';
import { isLimit } from '../../core/errors.ts';
import type { Fate } from '../../core/outcomes.ts';
import type { BackupOutcome, Outcome } from '../../flow/item.ts';
import type { FileEntry, ReportSummary } from '../../report/report.ts';
import { PLANS } from '../../stages/plan.ts';
import { printable } from './printable.ts';

const MEANINGS: readonly (readonly [Fate, string])[] = [
  ['deleted', 'proved and deleted here'],
  ['kept', 'proved and kept here'],
  ['unchanged', 'already in S3'],
  ['skipped', 'skipped'],
  ['failed', 'failed and not deleted'],
];

const WOULD_MEAN: typeof MEANINGS = [
  ['unchanged', 'already in S3'],
  ['skipped', 'would be skipped'],
  ['failed', 'would fail'],
];

/** Counts the reasons for which files were skipped or failed, for the summary. */
export class Reasons<E extends Outcome = BackupOutcome> {
  readonly #counts = new Map<E['fate'], Map<E['code'], number>>();
  /** Files that the planned move would send but not delete. */
  plannedToKeep = 0;

  add({ fate, code, reason }: FileEntry<E>): void {
    if (code === null) return;
    if (reason === PLANS.keep || reason === PLANS.keepOver) this.plannedToKeep += 1;
    const codes = this.#counts.get(fate) ?? new Map<E['code'], number>();
    codes.set(code, (codes.get(code) ?? 0) + 1);
    this.#counts.set(fate, codes);
  }

  /** Lists the codes of one fate with their counts, without DRY_RUN: `SYMBOLIC_LINK 3, EXCLUDED 1`. */
  of(fate: E['fate']): string {
    const codes = [...(this.#counts.get(fate) ?? [])]
      .filter(([code]) => code !== 'DRY_RUN')
      .sort(([, a], [, b]) => b - a);
    return codes.map(([code, count]) => `${code} ${count}`).join(', ');
  }
}

/** Formats the summary of a backup for the user; ends in a newline. @param deletes Whether the run deletes proved files. */
export function summaryText(summary: ReportSummary, reasons: Reasons, deletes: boolean): string {
  const { planned } = summary;
  const lines = [headline(summary, deletes ? reasons.plannedToKeep : undefined), ...presentLines(planned)];
  lines.push(...fateLines(withoutPlanned(summary), reasons, planned ? WOULD_MEAN : MEANINGS));
  if (summary.resumed_bytes > 0)
    lines.push(
      `${' '.repeat(11)}${prettyBytes(summary.resumed_bytes).padStart(9)}  of these bytes were sent by earlier runs`,
    );
  if (summary.removed_folders > 0)
    lines.push(`  ${String(summary.removed_folders).padStart(8)}            emptied folders removed`);
  if (summary.manifest !== null)
    lines.push(`  ${' '.repeat(18)}  manifest ${printable(`s3://${summary.bucket}/${summary.manifest}`)}`);
  return `${lines.join('\n')}\n`;
}

/** Formats the line below a summary that says where the page of the report is. */
export function pageLine(path: string): string {
  return `  ${' '.repeat(18)}  page ${printable(path)}\n`;
}

/** Subtracts planned files from the skipped ones: the report of a dry run gives planned files the fate `skipped`. */
export function withoutPlanned<E extends Outcome & { fate: 'skipped' | E['fate'] }>({
  counts,
  bytes,
  planned,
}: Counted<E> & { readonly planned: Planned | null }): Counted<E> {
  if (planned === null) return { counts, bytes };
  const { files, bytes: sent, present_files: present = 0, present_bytes: presentBytes = 0 } = planned;
  const fate: E['fate'] = 'skipped';
  return {
    counts: { ...counts, skipped: counts[fate] - files - present },
    bytes: { ...bytes, skipped: bytes[fate] - sent - presentBytes },
  };
}

type Planned = Pick<NonNullable<ReportSummary['planned']>, 'files' | 'bytes'> &
  Partial<NonNullable<ReportSummary['planned']>>;

function presentLines(planned: ReportSummary['planned']): string[] {
  if (planned === null || planned.present_files === 0) return [];
  const { present_files: present, present_bytes: bytes } = planned;
  return [
    `  ${String(present).padStart(8)} ${prettyBytes(bytes).padStart(9)}  already in S3, would be deleted here`,
  ];
}

interface Counted<E extends Outcome> {
  readonly counts: Readonly<Record<E['fate'], number>>;
  readonly bytes: Readonly<Record<E['fate'], number>>;
}

/** Formats one line for each fate that occurred: files, bytes, meaning, and the reasons. */
export function fateLines<E extends Outcome>(
  { counts, bytes }: Counted<E>,
  reasons: Reasons<E>,
  meanings: readonly (readonly [E['fate'], string])[],
): string[] {
  return meanings
    .filter(([fate]) => counts[fate as E['fate']] > 0)
    .map(([fate, meaning]: readonly [E['fate'], string]) => {
      const why = reasons.of(fate);
      const size = prettyBytes(bytes[fate]).padStart(9);
      return `  ${String(counts[fate]).padStart(8)} ${size}  ${meaning}${why && ` (${why})`}`;
    });
}

/** @param kept How many of the files to be sent would not be deleted; undefined if the run deletes nothing. */
function headline(summary: ReportSummary, kept: number | undefined): string {
  const { bucket, prefix, source, planned, total_files: total } = summary;
  const target = printable(`s3://${bucket}/${prefix}`);
  if (planned) {
    if (summary.error?.code === 'MAX_DELETE')
      return `Dry run: nothing would be done. ${summary.error.message}`;
    if (summary.error || summary.interrupted)
      return `${endedEarly(summary)}Dry run of ${files(total)} to ${target}`;
    if (planned.files === 0) return `Dry run: nothing would be sent from ${printable(source)} to ${target}`;
    return `Dry run: ${files(planned.files)}, ${prettyBytes(planned.bytes)}, would be sent from ${printable(source)} to ${target}${afterwards(planned.files, kept)}`;
  }
  if (summary.error?.code === 'NOT_CONFIRMED') return 'Not confirmed: no file was sent or deleted';
  if (total === summary.counts.skipped && !summary.interrupted && !summary.error) {
    // A list may name files that are not in the folder.
    return total === 0
      ? `Nothing to do: no files to back up from ${printable(source)}`
      : `Nothing to do: ${files(total)} in ${printable(source)}, all skipped`;
  }
  const { verified_files: proved, unread_files: unread, duration_seconds: seconds } = summary;
  const rest = unread > 0 ? `, ${unread} unchanged and not read,` : '';
  return `${endedEarly(summary)}${proved} of ${files(total)} verified${rest} in ${target} in ${seconds.toFixed(1)} s`;
}

function afterwards(sent: number, kept: number | undefined): string {
  if (kept === undefined) return '';
  if (kept === 0) return ', then deleted here once proved';
  const left = sent - kept;
  return left === 0 ? ', then kept here' : `, then ${left} of them deleted here once proved`;
}

/** The beginning of the summary of a run that ended early; '' for any other run. */
export function endedEarly({ error, interrupted }: Pick<ReportSummary, 'error' | 'interrupted'>): string {
  if (error) return `${isLimit(error) ? 'Ended at its limit' : 'Failed'} (${error.code}). `;
  return interrupted ? 'Stopped early. ' : '';
}

export function files(count: number): string {
  return `${count} ${count === 1 ? 'file' : 'files'}`;
}
