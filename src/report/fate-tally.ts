import type { Outcome } from '../flow/item.ts';
import type { FileEntry } from './report.ts';

/** Counts files and bytes by their fate, in constant memory. Every entry counts under exactly one fate. */
export class FateTally<E extends Outcome> {
  /** Number of files. */
  readonly counts: Record<E['fate'], number>;
  /** Size of the files in bytes. */
  readonly bytes: Record<E['fate'], number>;
  /** Files and bytes that a dry run would have sent or restored. */
  readonly planned = { files: 0, bytes: 0 };
  protected attempts = 0;

  /** @param fates Every possible fate, in the order of the report. */
  constructor(fates: readonly E['fate'][]) {
    const zeros = () => Object.fromEntries(fates.map((fate) => [fate, 0])) as Record<E['fate'], number>;
    this.counts = zeros();
    this.bytes = zeros();
  }

  add(entry: FileEntry<E>): void {
    const fate: E['fate'] = entry.fate;
    const size = entry.size ?? 0;
    this.counts[fate] += 1;
    this.bytes[fate] += size;
    this.attempts += entry.attempts;
    if (entry.code === 'DRY_RUN') {
      this.planned.files += 1;
      this.planned.bytes += size;
    }
  }

  /** Number of entries. */
  get total(): number {
    return Object.values<number>(this.counts).reduce((sum, count) => sum + count, 0);
  }
}
