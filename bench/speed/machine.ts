import { spawnSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import type { Client } from './client.ts';
import { bareEnvironment } from './measure.ts';
import type { Pinning } from './pinning.ts';

/** The first line that a client says of its version; undefined when it is not installed. */
export function versionOf({ version: [file = '', ...args] }: Client): string | undefined {
  const { status, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', env: bareEnvironment() });
  const line = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n', 1)[0] ?? '';
  return status === 0 && line !== '' ? line : undefined;
}

/** The machine and the clients, as a list in Markdown. */
export function machineText(
  versions: ReadonlyMap<Client, string | undefined>,
  pinnings: readonly Pinning[],
): string {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const pinned = pinnings.map(pinningText).join('; ');
  return [
    `- ${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, ${memory}; ${pinned}`,
    `- ${type()} ${release()}, Node.js ${process.version}`,
    ...[...versions].map(([{ shown }, version]) => `- \`${shown}\`: ${version ?? 'not installed'}`),
  ].join('\n');
}

function pinningText({ client, sink }: Pinning): string {
  return client === undefined ? 'nothing is pinned' : `client on core ${client}, sink on core ${sink}`;
}
