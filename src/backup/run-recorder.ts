import { randomBytes } from 'node:crypto';
import { messageOf } from '../core/errors.ts';
import type { SegmentRun } from '../manifest/manifest.ts';
import { recordsFolder, runId } from '../manifest/record-keys.ts';
import { SegmentLines } from '../manifest/segment-lines.ts';
import { segmentNumber } from '../manifest/segments.ts';
import type { FileEntry } from '../report/report.ts';
import type { OpenRun } from '../run/lifecycle.ts';
import { namesOf } from '../source/sources.ts';
import type { RecordFiles } from '../stages/record-first.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import { type ChildRecord, SegmentWriter } from './segment-writer.ts';

/** Files of a segment, but for those that are to be deleted: their segments are as large as the batches of deletions. */
const MOST_LINES = 50_000;
/** Longest time in milliseconds after which a settled file is recorded. */
const LONGEST_MS = 60_000;

/**
 * Records what a run does while it is at work, in segments beside its manifest. A killed run so leaves a record of everything
 * that it has deleted.
 *
 * - Files are recorded before they are deleted (`record`), so an entry with the fate `deleted` needs no second record. Every other
 *   entry is recorded after it is settled: 50,000 at a time, or after a minute.
 * - The names of segments are in an order in which the newest record of a file is the last: a file is tried again only by
 *   a later pass, whose child processes are begun later.
 * - Memory: 50,000 compressed lines, about 3 MB.
 */
export class RunRecorder {
  #writer: SegmentWriter | undefined;
  #run: SegmentRun | undefined;
  #warn: (reason: string) => void = () => undefined;
  #lines = new SegmentLines();
  /** Lines that are not stored yet, the oldest first. */
  readonly #waiting: SegmentLines[] = [];
  #storing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #numbers = 0;

  /** Id of the run; undefined if the run ended before the bucket answered. */
  get id(): string | undefined {
    return this.#run?.run;
  }

  /** Begins to record, with the first answer of the bucket, which shows the store's clock. */
  begin(
    options: ResolvedOptions,
    { start, store, control }: Pick<OpenRun, 'start' | 'store' | 'control'>,
  ): void {
    const { bucket, prefix, logger, roots, shard } = options;
    const byStore = new Date(start.date.getTime() + store.clock.aheadMs).toISOString();
    const run = runId(byStore, randomBytes(4).toString('hex'));
    this.#run = {
      run,
      start_time: start.date.toISOString(),
      source: namesOf(roots),
      bucket,
      prefix,
      folder: recordsFolder(shard),
    };
    this.#writer = new SegmentWriter(options, this.#run, () => this.#nextNumber(), control.aborting);
    this.#warn = (reason) =>
      logger.warn(
        { operation: 'manifest', reason },
        'a segment of the manifest was not stored; it is tried again',
      );
  }

  /** Records files before they are deleted. */
  readonly record: RecordFiles = async (files) => {
    await this.#writer?.record(files);
  };

  /** What the next child process needs to record its files. */
  ofNextChild(): ChildRecord | undefined {
    return this.#run && { run: this.#run, order: this.#nextNumber() };
  }

  /** Takes the entry of a settled file. */
  add(entry: FileEntry): void {
    if (entry.fate === 'skipped' || entry.fate === 'deleted') return;
    this.#lines.add(entry);
    if (this.#lines.count >= MOST_LINES) this.#store();
    else this.#timer ??= setTimeout(() => this.#store(), LONGEST_MS).unref();
  }

  /** Ends the recording. Lines that wait are given up, since the manifest has them. */
  async end(): Promise<void> {
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
    await this.#storing;
    this.#writer?.close();
  }

  #nextNumber(): string {
    this.#numbers += 1;
    return segmentNumber(this.#numbers);
  }

  /** Stores what waits, one segment after another. What cannot be stored waits for the next time. */
  #store(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.push(this.#lines);
    this.#lines = new SegmentLines();
    this.#storing ??= this.#storeWaiting().finally(() => {
      this.#storing = undefined;
    });
  }

  async #storeWaiting(): Promise<void> {
    try {
      for (let [next] = this.#waiting; next && this.#writer; [next] = this.#waiting) {
        await this.#writer.store(next);
        this.#waiting.shift();
      }
    } catch (error) {
      this.#warn(messageOf(error));
    }
  }
}
