import prettyBytes from 'pretty-bytes';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import { diffRuns, type RunDifference } from '../../manifest/diff-runs.ts';
import { readManifest } from '../../manifest/read-manifest.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { wrapLines } from '../output/layout.ts';
import { printable, safeJson } from '../output/printable.ts';
import { isTerminal } from '../output/screen.ts';
import { unfinishedNote } from '../output/unfinished-note.ts';
import { writeText } from '../output/write-text.ts';
import { withStore } from '../session/with-store.ts';

export interface DiffFlags {
  readonly older: string;
  readonly newer: string;
  readonly json: boolean;
}

const SIGNS = { came: '+', changed: '~', went: '-' } as const;

/**
 * Runs `s3-backup diff`: prints a line for each file that two runs do not have in common, and counts at the end.
 *
 * @returns the exit code: 0, whatever differs
 */
export async function diffAction(
  context: CliContext,
  config: LoadedConfig,
  { older, newer, json }: DiffFlags,
): Promise<number> {
  const isForPeople = isTerminal(context.stdout);
  await withStore(context, config, async ({ store, prefix }) => {
    const before = await readManifest(store, prefix, older);
    const after = await readManifest(store, prefix, newer);
    for (const record of [before, after])
      if (record.isUnfinished)
        context.stderr.write(wrapLines(`s3-backup: ${unfinishedNote(record)}\n`, context.stderr));
    const counts = { came: 0, changed: 0, went: 0, same: 0 };
    const onSame = () => {
      counts.same += 1;
    };
    async function* lines() {
      for await (const difference of diffRuns(before, after, onSame)) {
        counts[difference.change] += 1;
        yield json ? `${safeJson(JSON.stringify(difference))}\n` : textLine(difference, isForPeople);
      }
      const { came, changed, went, same } = counts;
      if (!json) yield `${came} came, ${changed} changed, ${went} went, ${same} the same\n`;
    }
    await writeText(context.stdout, lines());
  });
  return EXIT_CODES.ok;
}

/** `+` came, `~` changed, `-` went; with the newest size that is known. */
function textLine({ change, path, older, newer }: RunDifference, isForPeople: boolean): string {
  const size = newer?.size ?? older?.size ?? 0;
  const text = isForPeople ? prettyBytes(size) : String(size);
  return `${SIGNS[change]}  ${text.padStart(13)}  ${printable(path)}\n`;
}
