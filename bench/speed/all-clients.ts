import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BenchOptions } from './bench-options.ts';
import type { Client } from './client.ts';
import { clientsOnNodes } from './node-releases.ts';
import { ourClients } from './ours.ts';
import { peers } from './peers.ts';
import { BASE_SUFFIX, clientsOf, type Section } from './section.ts';

export interface AllClients {
  /** Those that the sections name, installed or not, each once. */
  readonly all: readonly Client[];
  /** The other programs, and this build of ours. */
  readonly usual: readonly Client[];
  /** Our plain copy. */
  readonly copy: Client;
}

/** @throws Error naming an id of `--clients` that is none, or a folder of `--against` without a build */
export function allClients(
  bin: string,
  { clients: wanted, against, nodes, folder }: BenchOptions,
  sections: readonly Section[],
): AllClients {
  const ours = ourClients({ bin });
  const [copy] = ours;
  if (copy === undefined) throw new Error('ours has no copy');
  // Between two builds of ours the others say nothing.
  const usual = against === undefined ? [...peers(), ...ours] : ours;
  const known = [...usual];
  if (against !== undefined) known.push(...otherBuild(against));
  if (sections.some(({ id }) => id === 'nodes')) {
    const releases = join(folder, 'nodes');
    mkdirSync(releases, { recursive: true });
    known.push(...clientsOnNodes(bin, nodes, releases));
  }
  const unknown = wanted?.filter((id) => !known.some((client) => client.id === id)) ?? [];
  if (unknown.length > 0)
    throw new Error(`--clients ${unknown}: expected of ${known.map(({ id }) => id).join(', ')}`);
  return { all: [...new Set(sections.flatMap((section) => clientsOf(section, known)))], usual, copy };
}

function otherBuild(folder: string): Client[] {
  const bin = resolve(folder, 'bin/s3-backup.js');
  if (!existsSync(bin) || !existsSync(resolve(folder, 'dist')))
    throw new Error(`--against ${folder}: no build is there; run \`npm ci\` and \`npm run build\` in it`);
  return ourClients({ bin, idSuffix: BASE_SUFFIX, titleSuffix: ' (the other build)' });
}
