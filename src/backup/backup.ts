import { fatalOf } from '../core/errors.ts';
import { Start } from '../core/start.ts';
import { hasDescriptorPaths } from '../files/descriptor-paths.ts';
import { RunControl } from '../flow/run-control.ts';
import { destinationName, destinationResource, folderResource } from '../lock/resource.ts';
import { takeLocks } from '../lock/take-locks.ts';
import { type Entries, MemoryEntries } from '../report/entries.ts';
import { logEntry } from '../report/log-entry.ts';
import { type FileEntry, listsOf, type Report, type ReportSummary } from '../report/report.ts';
import { report } from '../report/report-sink.ts';
import { summarize } from '../report/summarize.ts';
import { OutageWatch } from '../run/log-outage.ts';
import { openStore } from '../run/open-store.ts';
import { accessUnlessStopped } from '../s3/access.ts';
import { requireApart } from '../source/root.ts';
import { namesOf } from '../source/sources.ts';
import { unseenProcesses } from '../source/unseen-processes.ts';
import type { BackupOptions } from './options.ts';
import { runPasses } from './passes.ts';
import type { RunContext } from './pipeline.ts';
import { BACKUP, type FileWork } from './pipeline.ts';
import { type ResolvedOptions, resolveOptions } from './resolve-options.ts';
import { withManifest } from './store-manifest.ts';

/**
 * Backs a folder up, or the files of a list, and returns the report.
 *
 * @throws BackupError when nothing was touched: a bad option, no source, no access to the bucket. A destination that is
 * lost later on is `error` in the report.
 */
export async function backup(options: BackupOptions): Promise<Report> {
  const entries = new MemoryEntries();
  const summary = await runBackup(options, entries);
  return { ...summary, ...listsOf(entries.list) };
}

/** `backup` for reports of any size: the entries are kept where the caller says. For a manifest they must be. */
export async function runBackup(options: BackupOptions, entries: Entries): Promise<ReportSummary> {
  const summary = await runFileWork(options, entries, BACKUP);
  return options.manifest && !summary.dry_run ? withManifest(options, summary, entries) : summary;
}

/** Carries out a run with the given file work: takes locks, opens the store, keeps the report, and releases all at the end. */
export async function runFileWork(
  options: BackupOptions,
  entries: Entries,
  work: FileWork,
): Promise<ReportSummary> {
  const start = new Start();
  const resolved = resolveOptions(options);
  const release = await lockRun(resolved, start);
  try {
    return await runLocked(resolved, start, entries, work);
  } finally {
    release();
  }
}

async function runLocked(
  resolved: ResolvedOptions,
  start: Start,
  entries: Entries,
  work: FileWork,
): Promise<ReportSummary> {
  const control = new RunControl(resolved.signal);
  const { onOutage } = new OutageWatch(resolved);
  const { store, ...uploading } = openStore({ ...resolved, onOutage }, control.aborting);
  const sink = report({ entries, onEntry: (entry) => follow(entry, resolved, control) });
  try {
    const access = await accessUnlessStopped(store, resolved.prefix, control);
    if (access) {
      for (const root of resolved.roots) requireApart(root, store.embeddedFolder);
      await runStages(resolved, { store, ...uploading, control, sink, onOutage, ...access }, work);
    }
    const facts = { ...resolved, source: namesOf(resolved.roots) };
    return summarize({ options: facts, start, tally: sink.tally, failure: control.failure });
  } finally {
    control.close();
    store.close();
  }
}

/** One run at a time for a source, and for a destination, with all that is below. A dry run disturbs nobody. */
async function lockRun(options: ResolvedOptions, start: Start): Promise<() => void> {
  if (options.dryRun) return () => undefined;
  const source = namesOf(options.roots);
  const target = destinationName(options);
  return takeLocks({
    resources: [...options.roots.map(({ path }) => folderResource(path)), destinationResource(options)],
    holder: { pid: process.pid, since: start.date.toISOString(), source, target },
    waitSeconds: options.waitSeconds,
    signal: options.signal,
  });
}

async function runStages(
  options: ResolvedOptions,
  shared: Pick<RunContext, 'store' | 'control' | 'sink' | 'isEmpty' | 'uploads' | 'onUploaded' | 'onOutage'>,
  work: FileWork,
): Promise<void> {
  const { logger, roots, bucket, prefix, dryRun, deleteAfterUpload, progress } = options;
  const { control, sink } = shared;
  const settings = { source: namesOf(roots), bucket, prefix, dryRun, deleteAfterUpload };
  logger.info({ operation: 'start', ...settings }, 'run started');
  if (deleteAfterUpload && !hasDescriptorPaths) {
    logger.warn(
      { operation: 'start' },
      'no /proc here: a folder swapped between check and deletion is not noticed',
    );
  }
  const unseen = deleteAfterUpload && !dryRun && !options.deleteOpenFiles ? unseenProcesses() : [];
  if (unseen.length > 0) {
    logger.info({ operation: 'start', unseen }, 'what is open for writing is not seen in all processes');
  }
  const context: RunContext = {
    ...shared,
    onRead: (bytes) => {
      progress.bytes += bytes;
    },
    onFolderRemoved: (path) => {
      sink.tally.removedFolders += 1;
      logger.info({ operation: 'prune', path }, 'emptied folder removed');
    },
    onRestored: (path) => {
      sink.tally.restoredFiles += 1;
      logger.warn({ operation: 'recover', path }, 'left claimed by a run that crashed; put back');
    },
  };
  try {
    await runPasses(options, context, work);
    // An empty list is what a search that found nothing hands on.
    if (!control.stopping.aborted && !(options.list && sink.tally.total === 0)) tellOfUnmatched(options);
  } catch (error) {
    control.fail(fatalOf(error));
  }
  const { failure } = control;
  if (failure) {
    const { code, message: reason, hint } = failure;
    logger.error({ operation: 'end', code, reason, hint }, 'run failed');
  } else logger.info({ operation: 'end', ...sink.tally.counts }, 'run ended');
}

function tellOfUnmatched({ logger, selection }: ResolvedOptions): void {
  for (const pattern of selection.unmatched())
    logger.warn({ operation: 'end' }, `nothing in the whole run matched ${pattern}`);
}

/** What the caller's code throws stops the run in order: every file still comes to its end. */
function follow(entry: FileEntry, options: ResolvedOptions, control: RunControl): void {
  const { logger, progress, onEntry } = options;
  progress.files += 1;
  if (entry.fate === 'failed') progress.failed += 1;
  try {
    logEntry(logger, entry);
    onEntry?.(entry);
  } catch (error) {
    control.fail(fatalOf(error));
  }
}
