/** The room `verify` compares a local folder, or the record of an earlier run, with the bucket. */
import { type Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import chain from 'stream-chain';
import { runFileWork } from '../backup/backup.ts';
import { BACKUP_SCHEMA, type BackupOptions } from '../backup/options.ts';
import { type FindContext, findFiles, type PipelineContext } from '../backup/pipeline.ts';
import type { ResolvedOptions } from '../backup/resolve-options.ts';
import { FILES_AT_ONCE } from '../core/defaults.ts';
import { PathScope } from '../core/path-scope.ts';
import { requireOptions } from '../core/require-options.ts';
import { batchLimit } from '../flow/descriptor-limits.ts';
import type { Found, Item, Selected } from '../flow/item.ts';
import { noEntries } from '../report/entries.ts';
import type { ReportSummary } from '../report/report.ts';
import { keyLookupFor } from '../s3/key-lookup.ts';
import { filter } from '../stages/filter.ts';
import { hash } from '../stages/hash.ts';
import { missingHere } from './missing-here.ts';
import { type VerifyRequest, verifyEntryOf } from './result.ts';
import { VerifyResults } from './verify-results.ts';
import { verifyStage } from './verify-stage.ts';

/**
 * Verifies that S3 holds every file of the source with the same content, and finds objects without a file. Files pass the stages
 * of a backup up to `hash`. Writes nothing, neither locally nor to the bucket.
 *
 * @returns the summary of the run; files that are not the same count as failed
 * @throws BackupError if the source or the bucket cannot be read; `NOTHING_TO_VERIFY` if the pattern chooses nothing
 */
export async function verifyFiles(given: BackupOptions, request: VerifyRequest): Promise<ReportSummary> {
  const options = requireOptions('backup', BACKUP_SCHEMA, given);
  const scope = new PathScope(request.pattern);
  const { readsBack, strict = false } = request;
  const results = new VerifyResults(request);
  const summary = await runFileWork(
    {
      ...options,
      // Nothing is uploaded, so no store shows how many it is best at.
      concurrency: options.concurrency ?? FILES_AT_ONCE,
      dryRun: true,
      deleteAfterUpload: false,
      onEntry: (entry) => results.add(verifyEntryOf(entry)),
    },
    noEntries,
    {
      name: 'verification',
      plans: false,
      wantsFiles: false,
      sends: false,
      find: (resolved, context) => Readable.from(itemsOf(resolved, context, { scope, strict })),
      findHere: (resolved, control) => itemsHere(resolved, { control, isEmpty: true }, scope),
      run: (found, resolved, context) => runStages(found, resolved, context, readsBack),
    },
  );
  // What a range lacks may be in others.
  if (!options.range) results.requireSome(summary);
  return summary;
}

async function* itemsOf(
  options: ResolvedOptions,
  context: PipelineContext,
  { scope: whole, strict }: { scope: PathScope; strict: boolean },
): AsyncGenerator<Item<Found>, void> {
  yield* itemsHere(options, context, whole);
  const scope = whole.below(options.root.label ?? '');
  yield* missingHere(options, { ...context, scope, strict });
}

/** Finds the files of the source that the scope includes. */
async function* itemsHere(
  options: ResolvedOptions,
  context: FindContext,
  whole: PathScope,
): AsyncGenerator<Item<Found>, void> {
  const { selection, root } = options;
  const scope = whole.below(root.label ?? '');
  const enter = (folder: string) => selection.enters(root, folder) && scope.enters(folder);
  const found: Readable = findFiles(options, context, enter);
  for await (const item of found as AsyncIterable<Item<Found>>) if (isIn(scope, item)) yield item;
}

/** Whether an item is in the scope. A folder that cannot be listed is, if it may contain paths of the scope. */
function isIn(scope: PathScope, item: Item<Found>): boolean {
  if (!item.settled) return scope.includes(item.file.path);
  const { fate, path } = item.settlement;
  return scope.includes(path) || (fate === 'failed' && (path === '.' || scope.enters(path)));
}

function runStages(
  found: Readable,
  options: ResolvedOptions,
  { store, control, onRead, onAtOnce, inWork, changed, sink }: PipelineContext,
  readsBack: VerifyRequest['readsBack'],
): Promise<void> {
  const gathered = batchLimit();
  const lookup = keyLookupFor(store, options.prefix, gathered);
  const stages = chain([
    filter(options),
    hash<Selected>({ ...options, control, onRead }),
    verifyStage({ store, control, readsBack, lookup, inWork, onAtOnce, concurrency: gathered }),
  ]) as unknown as Duplex;
  return pipeline(found, stages, changed.filter(), sink, { end: false });
}
