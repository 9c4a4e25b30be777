import { spawnSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import type { Client } from './client.ts';
import { bareEnvironment } from './measure.ts';
import type { Pinning } from './pinning.ts';

const versions = new Map<string, string | undefined>();

/** The first line that a client says of its version; undefined when it is not installed. */
export function versionOf({ version }: Client): string | undefined {
  const command = JSON.stringify(version);
  if (!versions.has(command)) versions.set(command, ask(version));
  return versions.get(command);
}

function ask([file, ...args]: readonly string[]): string | undefined {
  if (file === undefined) return undefined;
  const { status, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', env: bareEnvironment() });
  const line = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n', 1)[0] ?? '';
  return status === 0 && line !== '' ? line : undefined;
}

/** The machine and the clients, as a list in Markdown with a line for each version. */
export function machineText(clients: readonly Client[], pinnings: readonly Pinning[]): string {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const pinned = [...new Set(pinnings.map(pinningText))].join('; ');
  const byVersion = new Map<string, string[]>();
  for (const client of clients) {
    const version = versionOf(client) ?? 'not installed';
    byVersion.set(version, [...(byVersion.get(version) ?? []), `\`${client.shown}\``]);
  }
  return [
    `- ${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, ${memory}; ${pinned}`,
    `- ${type()} ${release()}, Node.js ${process.version}`,
    ...[...byVersion].map(([version, shown]) => `- ${version}: ${[...new Set(shown)].join(', ')}`),
  ].join('\n');
}

function pinningText({ client, sink }: Pinning): string {
  return client === undefined ? 'nothing is pinned' : `client on core ${client}, sink on core ${sink}`;
}
