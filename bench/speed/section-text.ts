import type { Client } from './client.ts';
import {
  against,
  peakGoal,
  peakMb,
  requestsOf,
  secondsOf,
  VERIFY_GOAL_PERCENT,
  verifyPercent,
} from './goals.ts';
import { againstTable, rivalTable } from './ratios.ts';
import type { Run } from './run-client.ts';
import type { SectionResult } from './run-section.ts';
import { type Section, sectionTitle } from './section.ts';
import { spreadOf, spreadText } from './spread.ts';
import { markdownTable } from './table.ts';

/** The slowest of ten runs may take so much of what the fastest takes, where the network decides. */
const GOAL_SLOWEST = 1.5;

/**
 * A section for people: what was measured, what ours takes of what the others take, and how far the goals are.
 * @param command what was run
 */
export function sectionText(result: SectionResult, command: string): string {
  const head = ['client', 'CPU s', 'wall s', 'peak MB', 'requests', 'sink CPU s'];
  const rows = [...result.runs].map(([client, runs]) => measuredRow(client, runs));
  const day = new Date().toISOString().slice(0, 10);
  const parts = [
    `### ${sectionTitle(result.section)}`,
    `By \`${command}\` on ${day}, ${result.section.runs} ${result.section.runs === 1 ? 'run' : 'runs'} each.`,
    markdownTable(head, rows),
    [...result.runs].flatMap(([client, runs]) => requestsLine(client, runs)).join('\n'),
    rivalTable(result),
    againstTable(result),
    [...result.runs].flatMap(([client, runs]) => goalLine(result.section, client, runs)).join('\n'),
  ];
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

function goalLine(section: Section, client: Client, runs: readonly Run[]): string[] {
  const good = whole(runs);
  if (!client.isOurs || good.length === 0) return [];
  const notes = [memoryNote(section, client, good)];
  if (client.task !== 'restore') notes.push(requestsNote(good));
  if (section.id === 'tls-latency') notes.push(slowestNote(good));
  if (section.id === 'processes') notes.push(rateNote(section, good));
  return [`- ${client.title}: ${notes.join('; ')}`];
}

function memoryNote({ set }: Section, client: Client, good: readonly Run[]): string {
  const peak = spreadOf(good.map(peakMb));
  const goal = peakGoal(client, set);
  return `memory ${spreadText(peak, 0)} MB${goal === undefined ? '' : `, ${against(peak.median, goal, 0)}`}`;
}

function requestsNote(good: readonly Run[]): string {
  const verify = spreadOf(good.map(verifyPercent));
  const goal = against(verify.median, VERIFY_GOAL_PERCENT, 2);
  return `requests to look and verify ${spreadText(verify, 2)} %, ${goal}`;
}

function slowestNote(good: readonly Run[]): string {
  const { least, most } = spreadOf(good.map((run) => secondsOf(run, 'wall')));
  return `slowest of fastest ${(most / least).toFixed(2)}, ${against(most / least, GOAL_SLOWEST, 2)}`;
}

/**
 * How much of the cores' time the sink had says how much more two processes could do: with one, the sink has a core of
 * its own.
 */
function rateNote({ set }: Section, good: readonly Run[]): string {
  const rate = spreadOf(good.map((run) => set.files / secondsOf(run, 'wall')));
  const micros = (value: (run: Run) => number) =>
    spreadText(spreadOf(good.map((run) => (value(run) / set.files) * 1e6)), 0);
  const own = micros((run) => secondsOf(run, 'CPU'));
  const ofSink = micros(({ stats }) => stats.cpuSeconds);
  const measured = `${spreadText(rate, 0)} files a second; CPU of a file ${own} µs, of the sink ${ofSink} µs`;
  return `${measured}${onPaper(set.files, good)}`;
}

/**
 * What processes would do if each had a core: the first finds files and reports them, the others do the rest. The slower of the
 * two decides.
 */
function onPaper(files: number, good: readonly Run[]): string {
  const [first, others] = [spreadOf(good.map(ofFirst)).median, spreadOf(good.map(ofOthers)).median];
  if (others === 0) return '';
  const possible = files / Math.max(first, others);
  return `; CPU of the first process ${first.toFixed(2)} s, of each other ${others.toFixed(2)} s: with a core for each ${possible.toFixed(0)} files a second`;
}

function ofFirst({ processSeconds: [first = 0] }: Run): number {
  return first;
}

function ofOthers({ processSeconds: [, ...others] }: Run): number {
  return others.length === 0 ? 0 : others.reduce((sum, seconds) => sum + seconds, 0) / others.length;
}
