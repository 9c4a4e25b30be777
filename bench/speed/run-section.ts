import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from './client.ts';
import { Copies } from './copies.ts';
import { makeDataSet } from './data-set.ts';
import type { Pinning } from './pinning.ts';
import { type Run, type RunOptions, runClient } from './run-client.ts';
import { clientsOf, type Section } from './section.ts';
import { startSink } from './sink-process.ts';
import { mountSlowly } from './slow-file-system.ts';

export interface SectionResult {
  readonly section: Section;
  /** The measured runs of each client, in the order of the rounds. */
  readonly runs: ReadonlyMap<Client, readonly Run[]>;
}

export interface SectionOptions {
  /** Those that are installed. */
  readonly clients: readonly Client[];
  /** Uploads what is restored. */
  readonly uploader: Client;
  /** Where the data sets are kept. */
  readonly folder: string;
  /** Where restores go to. */
  readonly target: string;
  readonly pinning: Pinning;
  /** A folder to write CPU profiles of ours to. */
  readonly profiles: string | undefined;
  readonly say: (text: string) => void;
}

/**
 * Runs every client once, in turn, and so on for each round: what slows the machine for a while slows all alike.
 * @throws Error with its message when a run of ours fails
 */
export async function runSection(section: Section, options: SectionOptions): Promise<SectionResult> {
  const { folder: root, target, pinning, profiles, say } = options;
  const { set, latencyMs, isTls, hasWarmUp, fileSystemMs } = section;
  const folder = makeDataSet(set, root);
  mkdirSync(target, { recursive: true });
  const keepsContents = section.direction === 'restore';
  const sink = await startSink({ latencyMs, isTls, cores: pinning.sink, home: root, keepsContents });
  const clients = clientsOf(section, options.clients).filter(({ id, needsStandardPort = false }) => {
    const isLeftOut = needsStandardPort && sink.portlessEndpoint === undefined;
    if (isLeftOut) say(`left out, since the sink may not listen on port 80: ${id}`);
    return !isLeftOut;
  });
  const common = { sink, set, folder, target, home: join(root, 'run'), cores: pinning.client };
  const slow = fileSystemMs > 0 ? await mountSlowly(root, fileSystemMs, pinning.sink) : undefined;
  const copies = new Copies(set, folder, join(root, 'copies'), clients);
  const runs = new Map<Client, Run[]>(clients.map((client) => [client, []]));
  const run = (client: Client, round: number, more: Partial<RunOptions> = {}) => {
    const source = client.task === 'move' ? copies.of(client, round) : folder;
    return runClient(client, { ...common, source, ...(slow && { seen: slow.seen(source) }), ...more });
  };
  try {
    if (keepsContents) mustBeWhole(options.uploader, await run(options.uploader, 0));
    for (let round = hasWarmUp ? 0 : 1; round <= section.runs; round += 1) {
      await copies.prepare(round, section.runs);
      for (const client of clients) {
        const measured = await run(client, round);
        say(`${round === 0 ? 'warm-up' : `round ${round}`}\t${client.id}\t${lineOf(measured)}`);
        if (client.isOurs) mustBeWhole(client, measured);
        if (round > 0) runs.get(client)?.push(measured);
      }
    }
    for (const client of profiles === undefined ? [] : clients.filter(({ isOurs }) => isOurs)) {
      const name = `${client.id}-${section.id}.cpuprofile`;
      const nodeFlags = ['--cpu-prof', `--cpu-prof-dir=${profiles}`, `--cpu-prof-name=${name}`];
      mustBeWhole(client, await run(client, section.runs + 1, { nodeFlags }));
      say(`profile: ${profiles}/${name}`);
    }
  } finally {
    await slow?.unmount();
    await sink.close();
    copies.remove();
  }
  return { section, runs };
}

function mustBeWhole({ id, shown }: Client, { failure, output }: Run): void {
  if (failure !== undefined) throw new Error(`${id} failed: ${failure}\n${shown}\n${output}`);
}

function lineOf({ failure, userSeconds, systemSeconds, wallSeconds, stats }: Run): string {
  const took = `${(userSeconds + systemSeconds).toFixed(2)} s CPU, ${wallSeconds.toFixed(2)} s`;
  return `${took}, sink ${stats.cpuSeconds.toFixed(2)} s${failure === undefined ? '' : `, FAILED: ${failure}`}`;
}
