import { BufferPool } from '../core/buffer-pool.ts';
import { FILES_AT_ONCE } from '../core/defaults.ts';
import { BackupError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Settlement } from '../flow/item.ts';
import { mapInOrder } from '../flow/map-in-order.ts';
import type { RunRecord } from '../manifest/run-record.ts';
import { type Entries, MemoryEntries } from '../report/entries.ts';
import { entryOf } from '../report/report.ts';
import { FileCount } from '../run/file-count.ts';
import { follower, logged, type OpenRun, runLifecycle } from '../run/lifecycle.ts';
import { createReading } from '../source/content.ts';
import { type CatOptions, type ResolvedCat, resolveCat } from './cat-options.ts';
import { logWritten } from './log-written.ts';
import { namedObjects } from './named-objects.ts';
import type { RestoreOutcome } from './outcomes.ts';
import { OutputWriter } from './output-writer.ts';
import { prepareObject } from './prepare-object.ts';
import { recordUnlessStopped } from './record-unless-stopped.ts';
import {
  errorOf,
  type RestoreEntry,
  type RestoreReport,
  type RestoreSummary,
  RestoreTally,
  summarizeRestore,
} from './summary.ts';
import { writeObject } from './write-object.ts';

/** What the report names as the target. */
const OUTPUT_TARGET = '-';

/**
 * Writes one object, or those that a pattern matches in the order of their keys, to a stream, and returns the report of a restore.
 * An object of up to 8 MiB is proved before its first byte is written, a larger one when its last byte was written. Nothing is
 * written behind an object that failed.
 *
 * `exit_code` of the report is 0 only if all that was written is proved, and all that was wanted is written.
 *
 * @throws BackupError if an option is bad or the bucket cannot be accessed; nothing was written then. If there is no such object,
 * or the store is lost later, the report has an `error`.
 */
export async function cat(options: CatOptions): Promise<RestoreReport> {
  const entries = new MemoryEntries<RestoreOutcome>();
  const summary = await runCat(options, entries);
  const errors = entries.list.map(errorOf).filter((error) => error !== undefined);
  return { ...summary, errors, files: entries.list };
}

/**
 * Does what `cat` does; the caller decides where the entries are kept.
 *
 * @throws BackupError as `cat` does
 */
export async function runCat(given: CatOptions, entries: Entries<RestoreOutcome>): Promise<RestoreSummary> {
  const options = resolveCat(given);
  let { run: recordedRun } = options;
  return runLifecycle({
    options,
    about: { operation: 'cat', dry_run: false, target: OUTPUT_TARGET },
    lock: undefined,
    prepare: (control) => {
      const tally = new RestoreTally(options.requireProof);
      const work = async ({ store }: OpenRun, output: OutputWriter) => {
        const record =
          recordedRun === undefined
            ? undefined
            : await recordUnlessStopped(recordedRun, { ...options, store, control });
        if (recordedRun !== undefined && record === undefined) return;
        recordedRun = record?.run ?? recordedRun;
        const log = (logger: Logger, entry: RestoreEntry) => logWritten(logger, entry, output.hasNoReader);
        const count = new FileCount(options.progress);
        const follow = follower(options, control, count, log);
        const onSettled = (settlement: Settlement<RestoreOutcome>) => {
          const entry = entryOf(settlement);
          entries.add(entry);
          tally.add(entry);
          follow(entry);
        };
        await writeObjects(options, { store, control, record, output, onSettled });
        const { restored, failed } = tally.counts;
        if (restored + failed === 0 && !control.stopping.aborted) throw nothingFound(options, recordedRun);
      };
      return {
        work: (run) => {
          const { logger, bucket, prefix, key, pattern } = options;
          const settings = { bucket, prefix, key, pattern };
          const about = { name: 'cat', logger, control, settings, counts: tally.counts };
          const output = new OutputWriter(options.output, control);
          return logged(about, () => work(run, output)).finally(() => output.close());
        },
        summarize: (start, failure, timeline) => {
          const { bucket, prefix, signal, exitCodes } = options;
          const { versionAt } = given;
          const place = { bucket, prefix, to: OUTPUT_TARGET };
          const facts = { ...place, signal, exitCodes, versionAt, run: recordedRun };
          return summarizeRestore({ options: facts, start, tally, failure, timeline });
        },
      };
    },
  });
}

interface WriteContext extends Pick<OpenRun, 'store' | 'control'> {
  /** Record of the run whose files are wanted; undefined if the objects below the prefix are. */
  readonly record: RunRecord | undefined;
  readonly output: OutputWriter;
  readonly onSettled: (settlement: Settlement<RestoreOutcome>) => void;
}

/** Prepares objects ahead, and writes one after the other until one fails: what came behind it would seem to be its own end. */
async function writeObjects(options: ResolvedCat, context: WriteContext): Promise<void> {
  const { memoryBytes, progress, concurrency = FILES_AT_ONCE } = options;
  const { control, onSettled } = context;
  const onRead = (bytes: number) => {
    progress.bytes += bytes;
  };
  // Two budgets: objects that are ready and wait for their turn must not take the memory of the one before them.
  const reading = createReading(memoryBytes / 2);
  const pool = new BufferPool(memoryBytes / 2);
  const shared = { ...options, ...context, reading, pool, onRead };
  for await (const ready of mapInOrder(namedObjects(shared), concurrency, (named) =>
    prepareObject(named, shared),
  )) {
    const item = ready.settled ? ready : await writeObject(ready.file, shared);
    if (!item.settled) continue;
    onSettled(item.settlement);
    if (item.settlement.fate !== 'failed') continue;
    // What was prepared for later is not wanted any more.
    control.abort();
    return;
  }
}

function nothingFound({ bucket, prefix, key, pattern }: ResolvedCat, run: string | undefined): BackupError {
  const where = run === undefined ? `s3://${bucket}/${prefix}` : `what run ${run} stored`;
  const what = key === undefined ? `No object matches ${pattern}` : `There is no object ${key}`;
  return new BackupError('NOTHING_TO_RESTORE', `${what} in ${where}.`, {
    hint: 'Check `prefix`, what names the object, `versionAt` and `run`.',
  });
}
