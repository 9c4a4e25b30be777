import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { foldKey, type KeyFolding } from './collisions.ts';
import { allowedDeletions, requireFewDeletions } from './delete-limit.ts';
import type { Item, Selected } from './item.ts';
import type { ResolvedOptions } from './options.ts';
import type { PipelineParts, Program } from './pipeline.ts';
import { SeenPaths } from './source/seen-paths.ts';
import { filter } from './stages/filter.ts';

/**
 * Goes through the files once before anything is sent, if something has to be known of all of them: keys that collide, or
 * how many files would be deleted. A list is then kept in memory, to be read twice.
 *
 * @returns the options with what was found out
 * @throws BackupError `MAX_DELETE`
 */
export async function surveyed(
  options: ResolvedOptions,
  parts: PipelineParts,
  program: Program,
): Promise<ResolvedOptions> {
  const { keyFolding, list, maxDelete, deleteAfterUpload } = options;
  const limit = deleteAfterUpload ? maxDelete : undefined;
  if (keyFolding === 'none' && limit === undefined) return options;
  const again = list ? { ...options, list: { ...list, input: await replayable(list.input) } } : options;
  const { found, deletable, collisions } = await pipeline(
    program.find({ ...again, dryRun: true }, parts),
    filter(again) as Duplex,
    (selected: AsyncIterable<Item<Selected>>) => survey(selected, keyFolding),
  );
  if (limit === undefined) return { ...again, collisions };
  const deletions = { limit, allowed: allowedDeletions(limit, found) };
  requireFewDeletions(deletable, found, deletions);
  return { ...again, collisions, deletions };
}

interface Survey {
  readonly found: number;
  readonly deletable: number;
  /** Folded keys that more than one file would have in the store. Memory: 16 bytes a file. */
  readonly collisions: ReadonlySet<string>;
}

async function survey(selected: AsyncIterable<Item<Selected>>, folding: KeyFolding): Promise<Survey> {
  const seen = new SeenPaths();
  const collisions = new Set<string>();
  let found = 0;
  let deletable = 0;
  for await (const item of selected) {
    found += 1;
    if (item.settled) continue;
    if (item.file.link === undefined) deletable += 1;
    const key = foldKey(item.file.key, folding);
    if (folding !== 'none' && !seen.add(key)) collisions.add(key);
  }
  return { found, deletable, collisions };
}

async function replayable<T>(input: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const chunks: T[] = [];
  for await (const chunk of input) chunks.push(chunk);
  return {
    async *[Symbol.asyncIterator]() {
      yield* chunks;
    },
  };
}
