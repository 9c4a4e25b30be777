import { join } from 'node:path';
import type { Client } from './client.ts';
import { makeDataSet } from './data-set.ts';
import type { Pinning } from './pinning.ts';
import { type Run, runClient } from './run-client.ts';
import { type Section, takesPart } from './section.ts';
import { startSink } from './sink-process.ts';

export interface SectionResult {
  readonly section: Section;
  /** The measured runs of each client, in the order of the rounds. */
  readonly runs: ReadonlyMap<Client, readonly Run[]>;
}

export interface SectionOptions {
  readonly clients: readonly Client[];
  /** Where the data sets are kept. */
  readonly folder: string;
  readonly pinning: Pinning;
  /** A folder to write CPU profiles of ours to. */
  readonly profiles: string | undefined;
  readonly say: (text: string) => void;
}

/** Runs every client once, in turn, and so on for each round: what slows the machine for a while slows all alike. */
export async function runSection(section: Section, options: SectionOptions): Promise<SectionResult> {
  const { folder: root, pinning, profiles, say } = options;
  const { set, latencyMs, isTls, hasWarmUp } = section;
  const clients = options.clients.filter((client) => takesPart(client, section));
  const folder = makeDataSet(set, root);
  const home = join(root, 'run');
  const sink = await startSink({ latencyMs, isTls, cores: pinning.sink, home: root });
  const common = { sink, set, folder, home, cores: pinning.client };
  const runs = new Map<Client, Run[]>(clients.map((client) => [client, []]));
  try {
    for (let round = hasWarmUp ? 0 : 1; round <= section.runs; round += 1) {
      for (const client of clients) {
        const run = await runClient(client, common);
        say(`${round === 0 ? 'warm-up' : `round ${round}`}\t${client.id}\t${lineOf(run)}`);
        if (round > 0) runs.get(client)?.push(run);
      }
    }
    for (const client of profiles === undefined ? [] : clients.filter(({ isOurs }) => isOurs)) {
      const name = `${client.id}-${set.id}.cpuprofile`;
      const nodeFlags = ['--cpu-prof', `--cpu-prof-dir=${profiles}`, `--cpu-prof-name=${name}`];
      const { failure } = await runClient(client, { ...common, nodeFlags });
      say(failure ?? `profile: ${profiles}/${name}`);
    }
  } finally {
    await sink.close();
  }
  return { section, runs };
}

function lineOf({ failure, userSeconds, systemSeconds, wallSeconds, stats }: Run): string {
  const took = `${(userSeconds + systemSeconds).toFixed(2)} s CPU, ${wallSeconds.toFixed(2)} s`;
  return `${took}, sink ${stats.cpuSeconds.toFixed(2)} s${failure === undefined ? '' : `, FAILED: ${failure}`}`;
}
