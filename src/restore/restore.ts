/** The room `restore` brings objects back into a local folder. `runPipeline` below is its table of contents. */
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import chain from 'stream-chain';
import { BackupError } from '../core/errors.ts';
import type { Start } from '../core/start.ts';
import { batchLimit } from '../flow/descriptor-limits.ts';
import type { RunControl } from '../flow/run-control.ts';
import { stopOfReading } from '../flow/stop-of-reading.ts';
import { destinationName, folderResource } from '../lock/resource.ts';
import { takeLocks } from '../lock/take-locks.ts';
import type { RunRecord } from '../manifest/run-record.ts';
import { type Entries, MemoryEntries } from '../report/entries.ts';
import { reportWith } from '../report/report-sink.ts';
import { countBeside } from '../run/count-beside.ts';
import { FileCount } from '../run/file-count.ts';
import { follower, logged, type OpenRun, runLifecycle } from '../run/lifecycle.ts';
import { onTransferred, setTotal } from '../run/progress.ts';
import { keyLookupFor } from '../s3/key-lookup.ts';
import { createReading } from '../source/content.ts';
import { choose } from './choose.ts';
import { compareLocal } from './compare-local.ts';
import { fetch } from './fetch.ts';
import { findRecorded } from './find-recorded.ts';
import { folders } from './folders.ts';
import { LastFolder } from './last-folder.ts';
import { logRestored } from './log-restored.ts';
import { objects } from './objects.ts';
import { objectsToDo } from './objects-to-do.ts';
import type { RestoreOptions } from './options.ts';
import type { RestoreOutcome } from './outcomes.ts';
import { PieceMemory } from './piece-memory.ts';
import { place } from './place.ts';
import { plan } from './plan.ts';
import { recordUnlessStopped } from './record-unless-stopped.ts';
import { type ResolvedRestore, resolveRestore } from './resolve-options.ts';
import {
  errorOf,
  type RestoreReport,
  type RestoreSummary,
  RestoreTally,
  summarizeRestore,
} from './summary.ts';
import { makeTarget } from './target.ts';

/**
 * Restores the files of a backup into a folder, and returns the report.
 *
 * @throws BackupError if an option is bad, the folder cannot be used or the bucket cannot be accessed; nothing was touched then.
 * If the store is lost later, the report has an `error`.
 */
export async function restore(options: RestoreOptions): Promise<RestoreReport> {
  const entries = new MemoryEntries<RestoreOutcome>();
  const summary = await runRestore(options, entries);
  const errors = entries.list.map(errorOf).filter((error) => error !== undefined);
  return { ...summary, errors, files: entries.list };
}

/**
 * Does what `restore` does, for reports of any size: the caller decides where the entries are kept.
 *
 * @throws BackupError as `restore` does
 */
export async function runRestore(
  options: RestoreOptions,
  entries: Entries<RestoreOutcome>,
): Promise<RestoreSummary> {
  const resolved = resolveRestore(options);
  const { versionAt } = options;
  const { bucket, prefix, dryRun, signal, exitCodes, target } = resolved;
  let { run: recordedRun } = resolved;
  const count = new FileCount(resolved.progress);
  return runLifecycle({
    options: resolved,
    about: { operation: 'restore', dry_run: dryRun, target: target.path },
    lock: dryRun ? undefined : (start) => lockTarget(resolved, start),
    prepare: (control) => {
      const tally = new RestoreTally(resolved.requireProof);
      const sink = reportWith(tally, { entries, onEntry: follower(resolved, control, count, logRestored) });
      return {
        work: async (run) => {
          const record =
            recordedRun === undefined
              ? undefined
              : await recordUnlessStopped(recordedRun, { ...resolved, store: run.store, control });
          if (recordedRun === undefined || record) await runStages(resolved, { ...run, sink, record, count });
          recordedRun = record?.run ?? recordedRun;
        },
        summarize: (start, failure, timeline) => {
          const place = { bucket, prefix, to: target.path };
          const facts = { ...place, dryRun, signal, exitCodes, versionAt, run: recordedRun };
          return summarizeRestore({ options: facts, start, tally, failure, timeline });
        },
      };
    },
  });
}

/**
 * Locks the target folder, or the range of its paths, against other restores and backups, and creates it.
 *
 * @returns a function that releases the lock, and before that, without a range, removes created folders that are still empty
 * @throws BackupError `LOCKED`, `LOCK_UNAVAILABLE`, `TARGET_UNUSABLE` or `TARGET_FULL`
 */
async function lockTarget(options: ResolvedRestore, start: Start): Promise<() => void> {
  const { waitSeconds, signal, range } = options;
  const target = options.target.path;
  const source = destinationName(options);
  const unlock = await takeLocks({
    resources: [{ ...folderResource(target), range }],
    holder: { pid: process.pid, since: start.date.toISOString(), source, target },
    waitSeconds,
    signal,
  });
  try {
    const made = makeTarget(options.target);
    return () => {
      if (range) made.close();
      else made.removeUnused();
      unlock();
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

interface RestoreContext extends OpenRun {
  /** Record of the run whose files are wanted; undefined if the objects below the prefix are. */
  readonly record: RunRecord | undefined;
  readonly count: FileCount;
  readonly sink: ReturnType<typeof reportWith<RestoreOutcome, RestoreTally>>;
}

function runStages(options: ResolvedRestore, context: RestoreContext): Promise<void> {
  const { logger, bucket, prefix, target, dryRun } = options;
  const { control, sink } = context;
  const settings = { bucket, prefix, target: target.path, dryRun };
  return logged({ name: 'restore', logger, control, settings, counts: sink.tally.counts }, async () => {
    await runPipeline(options, context);
    // What a range lacks may be in others.
    if (options.range) return;
    requireMatches(options, context);
    warnOfUnmatched(options, control);
  });
}

/** Sends every object through the stages of a restore, in this order. */
function runPipeline(options: ResolvedRestore, context: RestoreContext): Promise<void> {
  const { store, control, uploads: concurrency, onUploaded: onFetched, sink, record, count } = context;
  const { progress, memoryBytes } = options;
  const onRead = (bytes: number) => {
    progress.bytes += bytes;
  };
  // Local files are compared by their bytes, so a change of their times does not matter.
  const whyStop = stopOfReading(control);
  const reading = { ...createReading(memoryBytes), heedsTimes: false, whyStop };
  const { pathPrefixes } = options.selection;
  const memory = new PieceMemory(memoryBytes);
  const lastFolder = new LastFolder(options.target);
  const shared = { ...options, pathPrefixes, store, control, record, reading, memory, lastFolder };
  const shown = { onReceived: onTransferred(progress), inWork: progress.inWork };
  const looking = [...chosen(shared), compareLocal(shared)] as const;
  const stages: unknown = options.dryRun
    ? chain([...looking, plan()])
    : chain([...looking, fetch({ ...shared, ...shown, concurrency, onRead, onFetched }), place(shared)]);
  const stopCounting = record
    ? countRecorded(options, record)
    : countBeside(count, {
        find: (counting) => objectsToDo(shared, counting),
        stopping: control.stopping,
      });
  return pipeline(objects(shared), stages as Duplex, sink).finally(() => {
    stopCounting();
    lastFolder.close();
  });
}

/** Takes the number of files from the record, unless a selection or a range leaves some of them out. */
function countRecorded({ progress, selection, range }: ResolvedRestore, { counts }: RunRecord): () => void {
  if (counts && selection.takesAll && !range) setTotal(progress, counts.files, counts.bytes);
  return () => undefined;
}

/** Stages that choose the wanted objects and create folders. */
function chosen(options: ResolvedRestore & Pick<RestoreContext, 'store' | 'control' | 'record'>) {
  const { store, prefix, control, record } = options;
  if (record === undefined) return [choose(options), folders(options)] as const;
  const lookup = keyLookupFor(store, prefix, batchLimit());
  return [choose(options), folders(options), findRecorded({ store, control, lookup })] as const;
}

/** Fails if no object was chosen: the prefix or a pattern is probably wrong. @throws BackupError `NOTHING_TO_RESTORE` */
function requireMatches(
  { bucket, prefix, selection }: ResolvedRestore,
  { control, sink, record }: RestoreContext,
): void {
  const { tally } = sink;
  const chosen = tally.total - tally.counts.skipped + tally.planned.files;
  if (chosen > 0 || control.stopping.aborted) return;
  const [head = '', ...others] = selection.pathPrefixes;
  const within = others.length === 0 ? head : '';
  const where =
    record?.run === undefined ? `s3://${bucket}/${prefix}${within}` : `what run ${record.run} stored`;
  throw new BackupError('NOTHING_TO_RESTORE', `No matching objects in ${where}.`, {
    hint: 'Check `prefix`, the patterns, `versionAt` and `run`.',
  });
}

/** Warns of patterns that matched nothing, since they are probably misspelt. Not after a stop, when objects are unseen. */
function warnOfUnmatched({ selection, logger }: ResolvedRestore, { stopping }: RunControl): void {
  if (stopping.aborted) return;
  for (const [option, patterns] of Object.entries(selection.unmatched))
    logger.warn(
      { operation: 'end', option, patterns },
      'no object that was looked at matches these patterns',
    );
}
