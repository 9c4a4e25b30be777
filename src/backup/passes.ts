import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackupError } from '../core/errors.ts';
import type { ReportSink } from '../report/report-sink.ts';
import type { SourceRoot } from '../source/root.ts';
import { ChangedFiles } from './changed-files.ts';
import { BACKUP, type PipelineParts, type Program, type RunParts } from './pipeline.ts';
import { optionsOf, type ResolvedOptions } from './resolve-options.ts';
import { surveyed } from './survey.ts';

/** So that what changes a file has a moment to finish. Milliseconds. */
const PAUSE_BETWEEN_PASSES_MS = 200;

/**
 * Sends every file of every folder through the pipeline, one folder after the other, and ends the report.
 *
 * @throws BackupError `MAX_DELETE`, before anything is sent; `NOTHING_FOUND`, when all is done
 */
export async function runPasses(
  given: ResolvedOptions,
  parts: RunParts,
  program: Program = BACKUP,
): Promise<void> {
  const options = await surveyed(given, parts, program);
  const { sink, control } = parts;
  const empty: string[] = [];
  for (const root of options.roots) {
    sink.label = root.label ?? '';
    const before = selectedIn(sink);
    const found = sink.tally.total;
    await runFolder(optionsOf(options, root), partsOf(root, options, parts), program);
    if (control.stopping.aborted) break;
    if (selectedIn(sink) === before) empty.push(emptiness(root, sink.tally.total - found, options));
  }
  sink.end();
  await finished(sink);
  if (program.wantsFiles && empty.length > 0) tellOfNothing(empty, options);
}

/** Works on the files of one folder, and once or twice more on those that changed meanwhile. */
async function runFolder(options: ResolvedOptions, parts: PipelineParts, program: Program): Promise<void> {
  let found = program.find(options, parts);
  for (let [pass, more] = [options, true]; more; pass = { ...options, deletions: undefined }) {
    await program.run(found, pass, parts);
    const again = parts.changed.take();
    more = again.length > 0;
    if (more) await sleep(PAUSE_BETWEEN_PASSES_MS);
    found = Readable.from(again);
  }
}

function partsOf(root: SourceRoot, { onChange }: ResolvedOptions, parts: RunParts): PipelineParts {
  const { label = '' } = root;
  return {
    ...parts,
    changed: new ChangedFiles(root, onChange),
    onFolderRemoved: (path) => parts.onFolderRemoved(label + path),
    onRestored: (path) => parts.onRestored(label + path),
  };
}

/** Files that the options have not left out, those that a dry run plans among them. */
function selectedIn({ tally }: ReportSink): number {
  return tally.total - tally.counts.skipped + tally.planned.files + tally.present.files;
}

function emptiness({ path }: SourceRoot, found: number, { list }: ResolvedOptions): string {
  if (found > 0) return `${found} ${found === 1 ? 'file' : 'files'} found, none selected`;
  return list ? 'the list names no file' : `there is no file in ${path}`;
}

function tellOfNothing(empty: readonly string[], { failIfEmpty, list, logger }: ResolvedOptions): void {
  const what = empty.join('; ');
  if (failIfEmpty)
    throw new BackupError('NOTHING_FOUND', `Nothing to back up: ${what}.`, {
      hint: 'Check that the source is mounted, and the patterns, sizes and ages that select files.',
    });
  // An empty list is what a search that found nothing hands on.
  if (!list) logger.warn({ operation: 'end' }, `nothing to back up: ${what}`);
}
