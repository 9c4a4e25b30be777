import { Settlement } from '../flow/item.ts';
import { type SegmentRun, segmentHead } from '../manifest/manifest.ts';
import { compressedMember, SegmentLines } from '../manifest/segment-lines.ts';
import { segmentKey, segmentName } from '../manifest/segments.ts';
import { entryOf, withLabel } from '../report/report.ts';
import { type OpenStoreOptions, openStore } from '../run/open-store.ts';
import { readableAtOnce } from '../run/readable-at-once.ts';
import type { Store } from '../s3/store.ts';
import type { RecordFiles } from '../stages/record-first.ts';
import { storeBytes } from './store-bytes.ts';

/** What a child process needs to store segments of the run. */
export interface ChildRecord {
  readonly run: SegmentRun;
  /** Number of the process in the order of the run's segments, as `segmentNumber` formats it. */
  readonly order: string;
}

/** Stores segments of a run's record: in the process of the run, or in one of its child processes. */
export class SegmentWriter {
  readonly #options: OpenStoreOptions;
  readonly #run: SegmentRun;
  readonly #nextOrder: () => string;
  readonly #aborting: AbortSignal;
  #store: Store | undefined;

  /**
   * @param nextOrder Makes the beginning of the next segment's name, as `segmentName` takes it.
   * @param aborting Signal whose abort ends requests in flight.
   */
  constructor(options: OpenStoreOptions, run: SegmentRun, nextOrder: () => string, aborting: AbortSignal) {
    this.#options = options;
    this.#run = run;
    this.#nextOrder = nextOrder;
    this.#aborting = aborting;
  }

  /**
   * Stores one segment. Resolves to its key once S3 has proved that it holds it.
   *
   * @throws Error with the code and the reason if it is not proved
   */
  async store(lines: SegmentLines): Promise<string> {
    const { run, prefix, folder } = this.#run;
    const name = segmentName(this.#nextOrder(), lines.counts);
    const head = compressedMember(segmentHead(this.#run, name, lines.count));
    const members = await Promise.all([head, lines.members()]);
    const key = segmentKey(prefix, run, name, folder);
    await storeBytes(this.#open(), name, key, Buffer.concat(members.flat()));
    return key;
  }

  /** Records files before they are deleted, with the entries that they have if their deletion succeeds. */
  readonly record: RecordFiles = async (files) => {
    const lines = new SegmentLines();
    for (const file of files)
      lines.add(withLabel(entryOf(new Settlement(file, 'deleted', undefined)), file.root.label));
    await this.store(lines);
  };

  close(): void {
    this.#store?.close();
  }

  /** A store of its own, since files may be stored in a class that cannot be read at once. */
  #open(): Store {
    // The run has had an answer, so an outage can begin before the first segment.
    this.#store ??= openStore({ ...readableAtOnce(this.#options), isReached: true }, this.#aborting).store;
    return this.#store;
  }
}
