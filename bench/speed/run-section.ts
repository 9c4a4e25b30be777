import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.ts';
import { copyFiles } from './copy-files.ts';
import { bytesOf, makeDataSet } from './data-set.ts';
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

/** Copies that are made before the first run must not push one another out of the page cache. */
const MOST_COPIED_BYTES = 4 * 1024 ** 3;
/** A move sends what was changed within the last minute to the disk once more, which nobody's old files need. */
const REST_MS = 61_000;

/** Runs every client once, in turn, and so on for each round: what slows the machine for a while slows all alike. */
export async function runSection(section: Section, options: SectionOptions): Promise<SectionResult> {
  const { folder: root, pinning, profiles, say } = options;
  const { set, latencyMs, isTls, hasWarmUp } = section;
  const clients = options.clients.filter((client) => takesPart(client, section));
  const folder = makeDataSet(set, root);
  const home = join(root, 'run');
  const copies = join(root, 'copies');
  const sink = await startSink({ latencyMs, isTls, cores: pinning.sink, home: root });
  const common = { sink, set, folder, home, cores: pinning.client };
  const runs = new Map<Client, Run[]>(clients.map((client) => [client, []]));
  const copiesOf = (client: Client, round: number) => join(copies, `${client.id}-${round}`);
  const rested = clients.filter(({ isMove }) => isMove && bytesOf(set) * section.runs < MOST_COPIED_BYTES);
  // A run that was killed has left its own, and they would be among those that are moved.
  rmSync(copies, { recursive: true, force: true });
  try {
    for (const client of rested) {
      for (let round = hasWarmUp ? 0 : 1; round <= section.runs; round += 1) {
        copyFiles(folder, copiesOf(client, round));
      }
    }
    if (rested.length > 0) await sleep(REST_MS);
    for (let round = hasWarmUp ? 0 : 1; round <= section.runs; round += 1) {
      for (const client of clients) {
        const copy = rested.includes(client) ? copiesOf(client, round) : undefined;
        const run = await runClient(client, { ...common, copy });
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
    rmSync(copies, { recursive: true, force: true });
  }
  return { section, runs };
}

function lineOf({ failure, userSeconds, systemSeconds, wallSeconds, stats }: Run): string {
  const took = `${(userSeconds + systemSeconds).toFixed(2)} s CPU, ${wallSeconds.toFixed(2)} s`;
  return `${took}, sink ${stats.cpuSeconds.toFixed(2)} s${failure === undefined ? '' : `, FAILED: ${failure}`}`;
}
