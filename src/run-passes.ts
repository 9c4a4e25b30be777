import { type Duplex, Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { findCollisions } from './collisions.ts';
import type { Item, Selected } from './item.ts';
import type { ResolvedOptions } from './options.ts';
import { BACKUP, type PipelineParts, type Program } from './pipeline.ts';
import { filter } from './stages/filter.ts';

/** So that what changes a file has a moment to finish. Milliseconds. */
const PAUSE_BETWEEN_PASSES_MS = 200;

/** Sends every file through the pipeline, and those that changed meanwhile once or twice more, and ends the report. */
export async function runPasses(
  given: ResolvedOptions,
  parts: PipelineParts,
  program: Program = BACKUP,
): Promise<void> {
  const options = await withCollisions(given, parts, program);
  let found = program.find(options, parts);
  for (let more = true; more; ) {
    await program.run(found, options, parts);
    const again = parts.changed.take();
    more = again.length > 0;
    if (more) await sleep(PAUSE_BETWEEN_PASSES_MS);
    found = Readable.from(again);
  }
  parts.sink.end();
  await finished(parts.sink);
}

/** Where the store folds keys, goes through the files once before; a list is then kept in memory, to be read twice. */
async function withCollisions(
  options: ResolvedOptions,
  parts: PipelineParts,
  program: Program,
): Promise<ResolvedOptions> {
  const { keyFolding, list } = options;
  if (keyFolding === 'none') return options;
  const again = list ? { ...options, list: { ...list, input: await replayable(list.input) } } : options;
  const collisions = await pipeline(
    program.find({ ...again, dryRun: true }, parts),
    filter(again) as Duplex,
    (selected: AsyncIterable<Item<Selected>>) => findCollisions(selected, keyFolding),
  );
  return { ...again, collisions };
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
