import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackupError } from '../core/errors.ts';
import { holdsNothing } from '../core/key-range.ts';
import type { ReportSink } from '../report/report-sink.ts';
import { countBeside } from '../run/count-beside.ts';
import type { SourceRoot } from '../source/root.ts';
import { ChangedFiles } from './changed-files.ts';
import { filesToDo } from './files-to-do.ts';
import { BACKUP, type FileWork, type PipelineContext, type RunContext } from './pipeline.ts';
import { optionsOf, type ResolvedOptions } from './resolve-options.ts';
import { surveyed } from './survey.ts';

/** Pause in milliseconds before files that changed are tried again, so that their writers can finish. */
const PAUSE_BETWEEN_PASSES_MS = 200;

/**
 * Sends the files of all folders through the pipeline, one folder after another, and ends the report.
 *
 * @throws BackupError `MAX_DELETE`, before anything is sent, or in a dry run after all files were shown; `NOTHING_FOUND`, after
 * everything is done
 */
export async function runPasses(
  given: ResolvedOptions,
  context: RunContext,
  work: FileWork = BACKUP,
): Promise<void> {
  const { options, refusal } = await surveyed(given, context, work);
  const { sink, control } = context;
  const empty: string[] = [];
  const stopCounting = countFiles(options, context, work);
  try {
    for (const root of rootsInRange(options)) {
      sink.label = root.label ?? '';
      const before = selectedIn(sink);
      const found = sink.tally.total;
      await runFolder(optionsOf(options, root), contextFor(root, options, context), work);
      if (control.stopping.aborted) break;
      if (selectedIn(sink) === before) empty.push(whyEmpty(root, sink.tally.total - found, options));
    }
  } finally {
    stopCounting();
  }
  sink.end();
  await finished(sink);
  if (refusal) throw refusal;
  if (work.wantsFiles && empty.length > 0) reportEmpty(empty, options);
}

/** Counts the files beside the run for its progress. A list is not counted: it is a stream, and can be read only once. */
function countFiles(options: ResolvedOptions, { count, control }: RunContext, work: FileWork): () => void {
  if (options.list) return () => undefined;
  return countBeside(count, {
    find: (counting) => filesToDo(options, work, counting),
    stopping: control.stopping,
    begins: work.sends ? 'transferredBytes' : 'bytes',
  });
}

/** Works on the files of one folder, then once or twice more on those that changed meanwhile. */
async function runFolder(options: ResolvedOptions, context: PipelineContext, work: FileWork): Promise<void> {
  let found = work.find(options, context);
  for (let more = true; more; ) {
    await work.run(found, options, context);
    const again = context.changed.take();
    more = again.length > 0;
    if (more) await sleep(PAUSE_BETWEEN_PASSES_MS);
    found = Readable.from(again);
  }
}

/** The folders that can have files in the range of the run. */
function rootsInRange(options: ResolvedOptions): readonly SourceRoot[] {
  return options.roots.filter((root) => !holdsNothing(optionsOf(options, root).range ?? {}));
}

function contextFor(root: SourceRoot, { onChange }: ResolvedOptions, context: RunContext): PipelineContext {
  const { label = '' } = root;
  return {
    ...context,
    changed: new ChangedFiles(root, onChange),
    onFolderRemoved: (path) => context.onFolderRemoved(label + path),
    onRestored: (path) => context.onRestored(label + path),
  };
}

/** Number of selected files, including those that a dry run would upload or delete. */
function selectedIn({ tally }: ReportSink): number {
  return tally.total - tally.counts.skipped + tally.planned.files + tally.present.files;
}

function whyEmpty({ path }: SourceRoot, found: number, { list, range }: ResolvedOptions): string {
  if (found > 0)
    return `${found} ${found === 1 ? 'file' : 'files'} ${list ? 'in the list' : 'found'}, all skipped`;
  if (list) return 'the list names no file';
  return `there is no file in ${path}${range ? ' whose key is in the range' : ''}`;
}

/**
 * Warns that there is nothing to back up, or fails if `failIfEmpty` is set. @param empty The reason for each source without a
 * selected file.
 */
function reportEmpty(empty: readonly string[], { failIfEmpty, list, logger }: ResolvedOptions): void {
  const reasons = empty.join('; ');
  if (failIfEmpty)
    throw new BackupError('NOTHING_FOUND', `Nothing to back up: ${reasons}.`, {
      hint: 'Check that the source is mounted, and the patterns, sizes and ages that select files.',
    });
  // An empty list is normal: the search that wrote it found nothing.
  if (!list) logger.warn({ operation: 'end' }, `nothing to back up: ${reasons}`);
}
