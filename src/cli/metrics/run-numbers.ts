import type { FileEntry, ReportSummary } from '../../report/report.ts';

/** The fields of a run's summary that its metrics are made of. */
export type MeasuredSummary = Pick<
  ReportSummary,
  | 'duration_seconds'
  | 'error'
  | 'counts'
  | 'bytes'
  | 'verified_files'
  | 'unread_files'
  | 'resumed_bytes'
  | 'restored_files'
  | 'warnings'
>;

/** Gathers what the metrics of a run say beyond its summary, in constant memory. */
export class RunNumbers {
  /** Failed files by code. */
  readonly failed = new Map<string, number>();
  /** Uploads that were tried again. */
  retries = 0;
  /** Bytes of the files that were sent, without those that an earlier run had sent. */
  sentBytes = 0;
  /** Undefined if the run could not begin. */
  summary: MeasuredSummary | undefined;

  add({ fate, code, attempts, proof, size, resumed_bytes: resumed }: FileEntry): void {
    if (fate === 'failed')
      this.failed.set(code ?? 'INTERNAL', (this.failed.get(code ?? 'INTERNAL') ?? 0) + 1);
    this.retries += Math.max(0, attempts - 1);
    if (attempts > 0 && proof !== null) this.sentBytes += (size ?? 0) - resumed;
  }
}
