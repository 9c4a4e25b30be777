/** The room `backup` copies or moves files to S3, in one process or in several (`processes/`). */
import { EXIT_CODES } from '../core/exit-codes.ts';
import { requireOptions } from '../core/require-options.ts';
import type { Start } from '../core/start.ts';
import { hasDescriptorPaths } from '../files/descriptor-paths.ts';
import { RunTransferLimit } from '../flow/transfer-limit.ts';
import { leaseKey } from '../lease/lease-key.ts';
import { destinationName, destinationResource, folderResource } from '../lock/resource.ts';
import { takeLocks } from '../lock/take-locks.ts';
import { recordsFolder } from '../manifest/record-keys.ts';
import { type Entries, MemoryEntries } from '../report/entries.ts';
import { logEntry } from '../report/log-entry.ts';
import { type FileEntry, listsOf, type Report, type ReportSummary } from '../report/report.ts';
import { report } from '../report/report-sink.ts';
import { summarize } from '../report/summarize.ts';
import { FileCount } from '../run/file-count.ts';
import { follower, logged, type OpenRun, runLifecycle } from '../run/lifecycle.ts';
import { onTransferred } from '../run/progress.ts';
import { requireApart } from '../source/root.ts';
import { namesOf } from '../source/sources.ts';
import { unseenProcesses } from '../source/unseen-processes.ts';
import { BACKUP_SCHEMA, type BackupOptions } from './options.ts';
import { runPasses } from './passes.ts';
import { BACKUP, type FileWork, type RunContext } from './pipeline.ts';
import { optionsOf, type ResolvedOptions, resolveOptions } from './resolve-options.ts';
import { RunRecorder } from './run-recorder.ts';
import { withManifest } from './store-manifest.ts';

/**
 * Backs up a folder, or the files of a list, and returns the report.
 *
 * @throws BackupError before anything is touched: a bad option, no source, no access to the bucket. If the destination is lost
 * later on, the report has the error in `error`.
 */
export async function backup(options: BackupOptions): Promise<Report> {
  const entries = new MemoryEntries();
  const summary = await runBackup(options, entries);
  return { ...summary, ...listsOf(entries.list) };
}

/**
 * Does what `backup` does, for reports of any size: the caller decides where the entries are kept. With `manifest` or `shard`
 * they are read again after the run, so `entries` must keep them.
 *
 * @throws BackupError as `backup` does
 */
export async function runBackup(given: BackupOptions, entries: Entries): Promise<ReportSummary> {
  const options = requireOptions('backup', BACKUP_SCHEMA, given);
  const { manifest, shard, dryRun } = options;
  const recorder = (manifest || shard) && !dryRun ? new RunRecorder() : undefined;
  const summary = await runFileWork(options, entries, BACKUP, recorder);
  const stores = recorder !== undefined && summary.error?.code !== 'NOT_CONFIRMED';
  if (!stores) return summary;
  const place = { run: recorder.id, folder: recordsFolder(shard) };
  const stored = await withManifest(options, summary, entries, place);
  // Without its record a shard has not ended. Another try has less to do, and stores one.
  const triesAgain = shard && stored.manifest === null && stored.exit_code === EXIT_CODES.partial;
  return triesAgain ? { ...stored, exit_code: EXIT_CODES.temporary } : stored;
}

/**
 * Carries out a run with the given work on files: takes locks, opens the store, makes the report, and releases everything at
 * the end.
 *
 * @param recorder Records what is done. Default: nothing is recorded.
 */
export async function runFileWork(
  options: BackupOptions,
  entries: Entries,
  work: FileWork,
  recorder?: RunRecorder,
): Promise<ReportSummary> {
  const resolved = resolveOptions(options);
  const { dryRun, roots, progress, deleteAfterUpload, list } = resolved;
  const count = new FileCount(progress, deleteAfterUpload && list === undefined);
  return runLifecycle({
    options: resolved,
    about: {
      operation: work.sends ? 'backup' : 'verification',
      dry_run: dryRun && work.plans,
      source: namesOf(roots),
    },
    lock: dryRun ? undefined : (start) => lockRun(resolved, start),
    lease: dryRun || !work.sends ? undefined : leaseOf(resolved),
    prepare: (control) => {
      const follow = follower(resolved, control, count, logEntry);
      const onEntry = (entry: FileEntry) => {
        recorder?.add(entry);
        follow(entry);
      };
      const sink = report({ entries, onEntry });
      const facts = { ...resolved, source: namesOf(roots), dryRun: dryRun && work.plans };
      return {
        work: (run) =>
          recorded(recorder, resolved, run, () =>
            runStages(resolved, { ...run, sink, count, recorder }, work),
          ),
        summarize: (start, failure, timeline) =>
          summarize({ options: facts, start, tally: sink.tally, failure, timeline }),
      };
    },
  });
}

/** Records what is done meanwhile, if there is a recorder. */
async function recorded(
  recorder: RunRecorder | undefined,
  options: ResolvedOptions,
  run: OpenRun,
  work: () => Promise<void>,
): Promise<void> {
  recorder?.begin(options, run);
  try {
    await work();
  } finally {
    await recorder?.end();
  }
}

/**
 * Locks the sources and the destination, with all that is below them or their ranges, against other runs. Returns what unlocks
 * them.
 */
export function lockRun(options: ResolvedOptions, start: Start): Promise<() => void> {
  const source = namesOf(options.roots);
  const target = destinationName(options);
  return takeLocks({
    resources: [
      ...options.roots.map((root) => ({
        ...folderResource(root.path),
        range: optionsOf(options, root).range,
      })),
      { ...destinationResource(options), range: options.range },
    ],
    holder: { pid: process.pid, since: start.date.toISOString(), source, target },
    waitSeconds: options.waitSeconds,
    signal: options.signal,
  });
}

/** The lease that the run asks for; undefined if it asks for none. */
function leaseOf({ shard, prefix, waitSeconds, lock }: ResolvedOptions) {
  return lock === 'bucket' ? { key: leaseKey(prefix, shard), waitSeconds } : undefined;
}

function runStages(
  options: ResolvedOptions,
  shared: OpenRun & Pick<RunContext, 'sink' | 'count' | 'recorder'>,
  work: FileWork,
): Promise<void> {
  const { logger, roots, bucket, prefix, dryRun, deleteAfterUpload, progress, maxTransferBytes } = options;
  const { store, control, sink } = shared;
  for (const root of roots) requireApart(root, store.embeddedFolder);
  const context: RunContext = {
    ...shared,
    transferLimit: maxTransferBytes === undefined ? undefined : new RunTransferLimit(maxTransferBytes),
    onRead: (bytes) => {
      progress.bytes += bytes;
    },
    onSent: onTransferred(progress),
    inWork: progress.inWork,
    onFolderRemoved: (path) => {
      sink.tally.removedFolders += 1;
      logger.info({ operation: 'prune', path }, 'emptied folder removed');
    },
    onRestored: (path) => {
      sink.tally.restoredFiles += 1;
      logger.warn({ operation: 'recover', path }, 'recovered from a run that crashed');
    },
  };
  const settings = {
    source: namesOf(roots),
    bucket,
    prefix,
    dryRun: dryRun && work.plans,
    deleteAfterUpload,
  };
  return logged({ name: work.name, logger, control, settings, counts: sink.tally.counts }, async () => {
    logWeaknesses(options);
    await runPasses(options, context, work);
    // An empty list is normal: the search that wrote it found nothing, so patterns have nothing to match. A range has only
    // some of the files.
    const hasAll = options.range === undefined && !(options.list && sink.tally.total === 0);
    if (!control.stopping.aborted && hasAll) tellOfUnmatched(options);
  });
}

/** Logs what a run that deletes cannot see on this system. */
function logWeaknesses({ logger, dryRun, deleteAfterUpload, deleteOpenFiles }: ResolvedOptions): void {
  if (deleteAfterUpload && !hasDescriptorPaths) {
    logger.warn(
      { operation: 'start' },
      'no /proc here: a folder that is replaced between check and deletion goes unnoticed',
    );
  }
  const unseen = deleteAfterUpload && !dryRun && !deleteOpenFiles ? unseenProcesses() : [];
  if (unseen.length > 0) {
    logger.info({ operation: 'start', unseen }, 'files open for writing cannot be detected in all processes');
  }
}

/** Warns of patterns that matched nothing, since they are probably misspelt. */
function tellOfUnmatched({ logger, selection }: ResolvedOptions): void {
  for (const pattern of selection.unmatched())
    logger.warn({ operation: 'end' }, `nothing in the whole run matched ${pattern}`);
}
