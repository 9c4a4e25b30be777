import type { Client } from './client.ts';
import {
  against,
  MEASURES,
  type Measure,
  peakGoal,
  peakMb,
  RIVALS,
  ratioGoal,
  requestsOf,
  secondsOf,
  VERIFY_GOAL_PERCENT,
  verifyPercent,
} from './goals.ts';
import type { Run } from './run-client.ts';
import type { SectionResult } from './run-section.ts';
import { sectionTitle } from './section.ts';
import { type Spread, spreadOf, spreadText } from './spread.ts';

/** A table in Markdown. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** What a section measured, then ours against the rivals and against the goals, in Markdown. */
export function sectionText(result: SectionResult): string {
  const head = ['client', 'CPU s', 'wall s', 'peak MB', 'requests', 'sink CPU s'];
  const rows = [...result.runs].map(([client, runs]) => measuredRow(client, runs));
  const parts = [`### ${sectionTitle(result.section)}`, markdownTable(head, rows)];
  const requests = [...result.runs].flatMap(([client, runs]) => requestsLine(client, runs));
  parts.push(requests.join('\n'), ratioTable(result), goalLines(result).join('\n'));
  return parts.filter((part) => part !== '').join('\n\n');
}

const whole = (runs: readonly Run[]) => runs.filter(({ failure }) => failure === undefined);

function measuredRow(client: Client, runs: readonly Run[]): string[] {
  const good = whole(runs);
  const [bad] = runs.filter(({ failure }) => failure !== undefined);
  const failed = runs.length - good.length;
  const note = bad === undefined ? '' : ` (**${failed} of ${runs.length} failed**: ${bad.failure})`;
  const cell = (digits: number, value: (run: Run) => number) =>
    good.length === 0 ? '' : spreadText(spreadOf(good.map(value)), digits);
  return [
    `${client.title}${note}`,
    cell(2, (run) => secondsOf(run, 'CPU')),
    cell(2, (run) => secondsOf(run, 'wall')),
    cell(0, peakMb),
    cell(0, ({ stats }) => requestsOf(stats.requests)),
    cell(2, ({ stats }) => stats.cpuSeconds),
  ];
}

function requestsLine({ title }: Client, runs: readonly Run[]): string[] {
  const last = whole(runs).at(-1);
  if (last === undefined) return [];
  const counts = Object.entries(last.stats.requests).map(([name, count]) => `${name} ${count}`);
  return [`- ${title}: ${counts.join(', ')}`];
}

/** Ratios are of runs of one round, which had the same weather. Undefined without a round that both ended well. */
function ratioOf(ourRuns: readonly Run[], rivalRuns: readonly Run[], measure: Measure): Spread | undefined {
  const ratios = ourRuns.flatMap((run, round) => {
    const other = rivalRuns[round];
    if (other === undefined || run.failure !== undefined || other.failure !== undefined) return [];
    return [secondsOf(run, measure) / secondsOf(other, measure)];
  });
  return ratios.length === 0 ? undefined : spreadOf(ratios);
}

function ratioTable({ section, runs }: SectionResult): string {
  const rivals = [...runs].filter(([{ id }]) => RIVALS.includes(id));
  const ours = [...runs].filter(([{ isOurs }]) => isOurs);
  if (rivals.length === 0 || ours.length === 0) return '';
  const columns = rivals.flatMap(([rival, rivalRuns]) =>
    MEASURES.map((measure) => ({ rival, rivalRuns, measure })),
  );
  const head = ['ours, of theirs', ...columns.map(({ rival, measure }) => `${rival.title}, ${measure}`)];
  const rows = ours.map(([client, ourRuns]) => [
    client.title,
    ...columns.map(({ rival, rivalRuns, measure }) => {
      const ratio = ratioOf(ourRuns, rivalRuns, measure);
      if (ratio === undefined) return '';
      const goal = ratioGoal(client, rival.id, measure, section.set);
      return `${spreadText(ratio, 2)}${goal === undefined ? '' : `; ${against(ratio.median, goal, 2)}`}`;
    }),
  ]);
  return markdownTable(head, rows);
}

function goalLines({ section, runs }: SectionResult): string[] {
  return [...runs].flatMap(([client, all]) => {
    const good = whole(all);
    if (!client.isOurs || good.length === 0) return [];
    const peak = spreadOf(good.map(peakMb));
    const verify = spreadOf(good.map(verifyPercent));
    const memory = `${spreadText(peak, 0)} MB, ${against(peak.median, peakGoal(section.set), 0)}`;
    const requests = `${spreadText(verify, 2)} %, ${against(verify.median, VERIFY_GOAL_PERCENT, 2)}`;
    return [`- ${client.title}: memory ${memory}; requests to look and verify ${requests}`];
  });
}
