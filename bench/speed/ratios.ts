import type { Client } from './client.ts';
import { against, isRival, MEASURES, type Measure, peakMb, ratioGoal, secondsOf } from './goals.ts';
import { judgement, pairedRatio } from './pairs.ts';
import type { Run } from './run-client.ts';
import type { SectionResult } from './run-section.ts';
import { BASE_SUFFIX } from './section.ts';
import { spreadOf, spreadText } from './spread.ts';
import { markdownTable } from './table.ts';

type Value = (run: Run) => number;

/** Ratios are of runs of one round, which had the same weather; of rounds that both ended well. */
function ratiosOf(ourRuns: readonly Run[], otherRuns: readonly Run[], value: Value): number[] {
  return ourRuns.flatMap((run, round) => {
    const other = otherRuns[round];
    if (other === undefined || run.failure !== undefined || other.failure !== undefined) return [];
    return [value(run) / value(other)];
  });
}

function pairsOf(
  { runs }: SectionResult,
  isPair: (ours: Client, other: Client) => boolean,
): [Client, Client][] {
  const clients = [...runs.keys()];
  return clients
    .filter(({ isOurs }) => isOurs)
    .flatMap((ours) =>
      clients.filter((other) => isPair(ours, other)).map((other): [Client, Client] => [ours, other]),
    );
}

/** What ours takes of what the others take for the same task; '' without any. */
export function rivalTable(result: SectionResult): string {
  const { section, runs } = result;
  const rows = pairsOf(result, isRival).flatMap(([ours, rival]) => {
    const cell = (measure: Measure) => {
      const ratios = ratiosOf(runs.get(ours) ?? [], runs.get(rival) ?? [], (run) => secondsOf(run, measure));
      if (ratios.length === 0) return '';
      const ratio = spreadOf(ratios);
      const goal = ratioGoal(ours, rival, measure, section);
      return `${spreadText(ratio, 2)}${goal === undefined ? '' : `; ${against(ratio.median, goal, 2)}`}`;
    };
    const cells = MEASURES.map(cell);
    return cells.every((text) => text === '') ? [] : [[`${ours.title}, of ${rival.title}`, ...cells]];
  });
  return rows.length === 0 ? '' : markdownTable(['ours, of theirs', ...MEASURES], rows);
}

const COMPARED: readonly (readonly [string, Value])[] = [
  ['CPU', (run) => secondsOf(run, 'CPU')],
  ['wall', (run) => secondsOf(run, 'wall')],
  ['memory', peakMb],
];

/** What this build takes of what the other takes, and whether that is more than noise; '' without another build. */
export function againstTable(result: SectionResult): string {
  const rows = pairsOf(result, (ours, other) => other.id === ours.id + BASE_SUFFIX).flatMap(([ours, base]) =>
    COMPARED.map(([name, value]) => {
      const ratios = ratiosOf(result.runs.get(ours) ?? [], result.runs.get(base) ?? [], value);
      const ratio = pairedRatio(ratios);
      const interval = ratio.interval?.map((each) => each.toFixed(3)).join('–') ?? '';
      return [`${ours.title}, ${name}`, spreadText(spreadOf(ratios), 3), interval, judgement(ratio)];
    }),
  );
  if (rows.length === 0) return '';
  return markdownTable(['this build, of the other', 'ratio', '95 % interval of the median', 'verdict'], rows);
}
