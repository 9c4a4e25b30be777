import { Writable } from 'node:stream';
import type { TypedWritable } from 'stream-chain/typed-streams.js';
import type { Item } from '../item.ts';
import { type Entries, MemoryEntries } from '../report/entries.ts';
import { entryOf, type FileEntry } from '../report/report.ts';
import { Tally } from '../report/tally.ts';

export interface ReportOptions {
  /** Where the entries are kept. Default: in memory. */
  readonly entries?: Entries | undefined;
  /** Told of every entry, in the order in which they settle. */
  readonly onEntry?: ((entry: FileEntry) => void) | undefined;
}

/** The sink: takes settled items, counts them and keeps an entry of each. Knows no exit codes. */
export function report(options: ReportOptions = {}): ReportSink {
  return new Report(options) as Writable as ReportSink;
}

export type ReportSink = TypedWritable<Item<never>> & Pick<Report, 'tally' | 'entries'>;

class Report extends Writable {
  readonly tally = new Tally();
  readonly entries: Entries;
  readonly #onEntry: ReportOptions['onEntry'];

  constructor({ entries = new MemoryEntries(), onEntry }: ReportOptions) {
    super({ objectMode: true });
    this.entries = entries;
    this.#onEntry = onEntry;
  }

  override _write(item: Item<never>, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    if (!item.settled) {
      done(new Error('an item reached the report that no stage had settled'));
      return;
    }
    const entry = entryOf(item.settlement);
    this.entries.add(entry);
    this.tally.add(entry);
    this.#onEntry?.(entry);
    done();
  }
}
