import { BackupError, messageOf } from './errors.ts';
import { type BackupOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { runPipeline } from './pipeline.ts';
import { type Entries, MemoryEntries } from './report/entries.ts';
import { logEntry } from './report/log-entry.ts';
import { type FileEntry, listsOf, type Report, type ReportSummary } from './report/report.ts';
import { summarize } from './report/summarize.ts';
import { RunControl } from './run-control.ts';
import { requireAccess } from './s3/access.ts';
import { Store } from './s3/store.ts';
import { type ReportSink, report } from './stages/report.ts';

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

/** `backup` for reports of any size: the entries are kept where the caller says. */
export async function runBackup(options: BackupOptions, entries: Entries): Promise<ReportSummary> {
  const start = new Date();
  const resolved = resolveOptions(options);
  const control = new RunControl(options.signal);
  const store = new Store({
    ...options,
    connections: resolved.concurrency * CONNECTIONS_PER_FILE,
    signal: control.aborting,
  });
  const sink = report({ entries, onEntry: (entry) => follow(entry, resolved) });
  try {
    await requireAccess(store, resolved.prefix, options.endpointUrl ?? 'AWS S3');
    await runStages(resolved, store, control, sink);
    return summarize({
      options: { ...resolved, source: resolved.root.path },
      start,
      tally: sink.tally,
      failure: control.failure,
    });
  } finally {
    control.close();
    store.close();
  }
}

/** A file that is uploaded and one that is verified meanwhile. */
const CONNECTIONS_PER_FILE = 2;

async function runStages(
  options: ResolvedOptions,
  store: Store,
  control: RunControl,
  sink: ReportSink,
): Promise<void> {
  const { logger, root, bucket, prefix, dryRun, deleteAfterUpload } = options;
  logger.info(
    { operation: 'start', source: root.path, bucket, prefix, dryRun, deleteAfterUpload },
    'run started',
  );
  const onFolderRemoved = (path: string) => {
    sink.tally.removedFolders += 1;
    logger.info({ operation: 'prune', path }, 'emptied folder removed');
  };
  const onRead = (bytes: number) => {
    options.progress.bytes += bytes;
  };
  try {
    await runPipeline(options, { store, control, sink, onRead, onFolderRemoved });
  } catch (error) {
    control.fail(
      error instanceof BackupError ? error : new BackupError('INTERNAL', messageOf(error), { cause: error }),
    );
  }
  const { failure } = control;
  if (failure) logger.error({ operation: 'end', code: failure.code, reason: failure.message }, 'run failed');
  else logger.info({ operation: 'end', ...sink.tally.counts }, 'run ended');
}

function follow(entry: FileEntry, { logger, progress, onEntry }: ResolvedOptions): void {
  progress.files += 1;
  if (entry.fate === 'failed') progress.failed += 1;
  logEntry(logger, entry);
  onEntry?.(entry);
}
