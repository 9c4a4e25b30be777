import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResolvedOptions } from './options.ts';
import { BACKUP, type PipelineParts, type Program } from './pipeline.ts';
import { surveyed } from './survey.ts';

/** So that what changes a file has a moment to finish. Milliseconds. */
const PAUSE_BETWEEN_PASSES_MS = 200;

/** Sends every file through the pipeline, and those that changed meanwhile once or twice more, and ends the report. */
export async function runPasses(
  given: ResolvedOptions,
  parts: PipelineParts,
  program: Program = BACKUP,
): Promise<void> {
  const options = await surveyed(given, parts, program);
  let found = program.find(options, parts);
  for (let [pass, more] = [options, true]; more; pass = { ...options, deletions: undefined }) {
    await program.run(found, pass, parts);
    const again = parts.changed.take();
    more = again.length > 0;
    if (more) await sleep(PAUSE_BETWEEN_PASSES_MS);
    found = Readable.from(again);
  }
  parts.sink.end();
  await finished(parts.sink);
}
