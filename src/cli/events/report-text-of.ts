import type { Entries } from '../../report/entries.ts';
import { anyReportText, reportText } from '../../report/write-report.ts';
import type { RestoreOutcome } from '../../restore/outcomes.ts';
import { RESTORE_LISTS } from '../../restore/summary.ts';

type Summary = Readonly<Record<string, unknown>>;

/**
 * Yields the JSON text of the report that a run would have written, from its events.
 *
 * @param summary The fields of its last event.
 * @param entries The entries of its files.
 */
export function reportTextOf(summary: Summary, entries: Entries): Generator<string, void> {
  const isRestore = typeof summary.target === 'string';
  // What is in them was written by a run of this kind, and is copied as it is.
  return isRestore
    ? anyReportText(summary, entries as unknown as Entries<RestoreOutcome>, RESTORE_LISTS)
    : reportText(summary as unknown as Parameters<typeof reportText>[0], entries);
}
