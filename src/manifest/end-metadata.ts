import type { ReportSummary } from '../report/report.ts';

/** Name of the metadata of a manifest's object that says how the run ended. */
const NAME = 'run-end';

/**
 * How a run ended, in one word: `complete` if it came to its end, even if files failed; `stopped` by a signal; or the code of the
 * error or the limit that ended it.
 */
export function endMetadata({
  interrupted,
  error,
}: Pick<ReportSummary, 'interrupted' | 'error'>): Record<string, string> {
  return { [NAME]: interrupted ? 'stopped' : (error?.code ?? 'complete') };
}

/** Reads from the metadata of a manifest's object how the run ended; null if it does not say. */
export function endIn(metadata: Readonly<Record<string, string>>): string | null {
  const end = metadata[NAME] ?? '';
  return /^(?:complete|stopped|[A-Z][A-Z_]{0,39})$/.test(end) ? end : null;
}
