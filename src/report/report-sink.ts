import { Writable } from 'node:stream';
import type { TypedWritable } from 'stream-chain/typed-streams.js';
import type { BackupOutcome, Item, Outcome } from '../flow/item.ts';
import { type Entries, MemoryEntries } from './entries.ts';
import type { FateTally } from './fate-tally.ts';
import { entryOf, type FileEntry, withLabel } from './report.ts';
import { Tally } from './tally.ts';

/** Options of the report stage. */
export interface ReportOptions<E extends Outcome = BackupOutcome> {
  /** Keeps the entries. Default: in memory. */
  readonly entries?: Entries<E> | undefined;
  /** Called for every entry, in the order in which files settle. An error that it throws destroys the sink. */
  readonly onEntry?: ((entry: FileEntry<E>) => void) | undefined;
}

/** Makes the last stage of a pipeline: it takes settled items, counts them and keeps an entry of each. Knows no exit codes. */
export function report(options: ReportOptions = {}): ReportSink {
  return reportWith(new Tally(), options);
}

/** Makes a report stage with a tally of the caller, for runs whose files have other fates than those of a backup. */
export function reportWith<E extends Outcome, T extends FateTally<E>>(
  tally: T,
  options: ReportOptions<E> = {},
): Sink<E, T> {
  return new Report(tally, options) as Writable as Sink<E, T>;
}

/** The report stage of a backup. */
export type ReportSink = Sink<BackupOutcome, Tally>;

type Sink<E extends Outcome, T extends FateTally<E>> = TypedWritable<Item<never, E>> &
  Pick<Report<E, T>, 'tally' | 'entries' | 'label'>;

class Report<E extends Outcome, T extends FateTally<E>> extends Writable {
  readonly tally: T;
  readonly entries: Entries<E>;
  readonly #onEntry: ReportOptions<E>['onEntry'];
  /** Put before the path of each entry: the label of the source, if a run has several. Default ''. */
  label = '';

  constructor(tally: T, { entries = new MemoryEntries(), onEntry }: ReportOptions<E>) {
    super({ objectMode: true });
    this.tally = tally;
    this.entries = entries;
    this.#onEntry = onEntry;
  }

  override _write(item: Item<never, E>, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    if (!item.settled) {
      done(new Error('an item reached the report that no stage had settled'));
      return;
    }
    try {
      const entry = withLabel(entryOf(item.settlement), this.label);
      this.entries.add(entry);
      this.tally.add(entry);
      this.#onEntry?.(entry);
    } catch (error) {
      // An error of the caller's callback. If it were thrown, it would reach the stream that has just pushed, or nobody.
      done(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    done();
  }
}
