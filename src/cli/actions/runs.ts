import prettyBytes from 'pretty-bytes';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import { mapInOrder } from '../../flow/map-in-order.ts';
import { listRuns, type RunWithCounts, runWithCounts } from '../../manifest/runs.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { wrapLines } from '../output/layout.ts';
import { printable, safeJson } from '../output/printable.ts';
import { isTerminal } from '../output/screen.ts';
import { writeText } from '../output/write-text.ts';
import { withStore } from '../session/with-store.ts';

/** Concurrent HEAD requests. */
const HEADS_AT_ONCE = 16;

/**
 * Runs `s3-backup runs`: prints a line for each run whose manifest, or a segment of it, is stored, oldest first.
 *
 * @returns the exit code
 */
export async function runsAction(
  context: CliContext,
  config: LoadedConfig,
  { json }: { json: boolean },
): Promise<number> {
  const isForPeople = isTerminal(context.stdout) && !json;
  await withStore(context, config, async ({ store, prefix }) => {
    let count = 0;
    let unfinished = 0;
    async function* lines() {
      for await (const run of mapInOrder(listRuns(store, prefix), HEADS_AT_ONCE, (one) =>
        runWithCounts(store, one),
      )) {
        if (isForPeople && count === 0) yield HEADER;
        count += 1;
        if (run.unfinished) unfinished += 1;
        yield json ? `${safeJson(JSON.stringify(run))}\n` : textLine(run, isForPeople);
      }
    }
    await writeText(context.stdout, lines());
    const place = printable(`s3://${store.bucket}/${prefix}`);
    if (unfinished > 0 && isForPeople) context.stderr.write(wrapLines(UNFINISHED, context.stderr));
    if (count === 0) context.stderr.write(`No manifests in ${place}; a run with --manifest stores one\n`);
  });
  return EXIT_CODES.ok;
}

const HEADER = `${'run'.padEnd(25)}  ${'files'.padStart(9)}  ${'size'.padStart(13)}  ${'failed'.padStart(7)}  end\n`;

const UNFINISHED =
  'unfinished: no manifest is stored, so the run was killed or is still at work; --run reads what it has recorded\n';

function textLine(line: RunWithCounts, isForPeople: boolean): string {
  const { run, files, bytes, failed, end, unfinished } = line;
  const size = bytes === null ? '-' : isForPeople ? prettyBytes(bytes) : String(bytes);
  const columns = [String(files ?? '-').padStart(9), size.padStart(13), String(failed ?? '-').padStart(7)];
  return `${run.padEnd(25)}  ${columns.join('  ')}  ${unfinished ? 'unfinished' : (end ?? '-')}\n`;
}
