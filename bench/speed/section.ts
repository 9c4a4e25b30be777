import type { BenchOptions } from './bench-options.ts';
import type { Client } from './client.ts';
import { type DataSet, dataSet, type SetId, titleOf } from './data-set.ts';

/** One table: a data set over one kind of network. */
export interface Section {
  readonly set: DataSet;
  readonly latencyMs: number;
  readonly isTls: boolean;
  /** Undefined for all. */
  readonly clients: readonly string[] | undefined;
  readonly runs: number;
  /** Without one, what the sink knows and what the page cache holds is another for the first client. */
  readonly hasWarmUp: boolean;
}

const PLAIN_SETS: readonly SetId[] = ['small', 'medium', 'large', 'large16'];
/** Those that the goals are about; the others would take hours where every request waits. */
const GOAL_CLIENTS = ['s5cmd', 'rclone', 'copy', 'move', 'copy-no-md5', 'move-no-md5'];
/** The latencies of the goals, in ms. */
const LATENCIES = [5, 25];
/** rclone's four transfers wait 125 s for 20,000 answers of 25 ms, so fewer files have to do. */
const LATENCY_FACTOR = 0.25;

/** What the options ask for; with no set, latency or TLS, the whole run: all sets, then latency and TLS. */
export function sectionsOf(options: BenchOptions): Section[] {
  const { sets, latencyMs, isTls, factor, runs, withMillion, clients } = options;
  const plain = { latencyMs: 0, isTls: false, clients, runs, hasWarmUp: true };
  const goals = { ...plain, clients: clients ?? GOAL_CLIENTS };
  const isWhole = sets === undefined && latencyMs === undefined && !isTls;
  const named = sets ?? PLAIN_SETS;
  const asked = named.filter((id) => id !== 'million');
  const sections: Section[] = asked.map((id) => ({
    ...plain,
    set: dataSet(id, factor),
    latencyMs: latencyMs ?? 0,
    isTls,
  }));
  if (isWhole) {
    const fewer = dataSet('small', factor * LATENCY_FACTOR);
    sections.push(...LATENCIES.map((each) => ({ ...goals, set: fewer, latencyMs: each })));
    const overTls: readonly SetId[] = ['small', 'large16'];
    sections.push(...overTls.map((id) => ({ ...goals, set: dataSet(id, factor), isTls: true })));
  }
  if (withMillion || named.includes('million')) {
    // For the memory in use, which one run shows; s5cmd and rclone take ten minutes each.
    sections.push({ ...goals, set: dataSet('million', factor), runs: 1, hasWarmUp: false });
  }
  return sections;
}

export function sectionTitle({ set, latencyMs, isTls }: Section): string {
  const network = [latencyMs > 0 ? `${latencyMs} ms of latency` : '', isTls ? 'TLS' : ''].filter(Boolean);
  return [titleOf(set), ...network].join(', ');
}

/** Whether the client has a row in the section. */
export function takesPart({ id, only }: Client, { clients, set }: Section): boolean {
  return (clients === undefined || clients.includes(id)) && (only?.(set) ?? true);
}
