import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import type { S3Server } from '../../src/s3-server/index.ts';
import { bareEnvironment, serverEnvironment } from './cli-context.ts';
import type { Random } from './random.ts';

/** What runs that are killed share: the program, and one endpoint where each has a prefix of its own. */
export interface KillField {
  readonly bin: string;
  readonly server: S3Server;
  readonly client: S3Client;
  /** Told of every request at a key below a prefix. */
  readonly watchers: Map<string, () => void>;
}

export function killField(bin: string, server: S3Server, client: S3Client): KillField {
  const watchers = new Map<string, () => void>();
  const run = ({ key = '' }: { readonly key: string | undefined }) =>
    watchers.get(key.slice(0, key.indexOf('/') + 1))?.();
  const times = Number.POSITIVE_INFINITY;
  server.faults.plan({ operation: '*', times, do: { kind: 'call', run } });
  return { bin, server, client, watchers };
}

/** One run that is to be ended. */
export interface Killing {
  readonly root: string;
  readonly source: string;
  readonly prefix: string;
  readonly signal: NodeJS.Signals;
  readonly random: Random;
  readonly twice: boolean;
}

/** Starts a run and ends it at a random moment; `graceful` when it could still end in order. */
export async function runAndKill(field: KillField, killing: Killing): Promise<{ graceful: boolean }> {
  const { signal, random, prefix, twice } = killing;
  const child = startProgram(field, killing);
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const kill = async (delay: number) => {
    await sleep(delay);
    child.kill(signal);
    if (!twice) return;
    await sleep(random.between(0, 100));
    child.kill(signal);
  };
  if (random.chance(0.2)) void kill(random.between(0, 900));
  else {
    let left = random.between(0, 24);
    const delay = random.chance(0.5) ? 0 : random.between(1, 60);
    field.watchers.set(prefix, () => {
      if (left === 0) void kill(delay);
      left -= 1;
    });
  }
  const code = await ended;
  field.watchers.delete(prefix);
  return { graceful: code !== null && !twice };
}

export function startProgram(
  { bin, server }: KillField,
  { root, source, prefix, random, signal }: Killing,
): ChildProcess {
  const config = join(root, 'config.json');
  const settings = {
    backup: { delete_after_upload: true },
    transfer: { part_size: '5MiB', concurrency: signal === 'SIGKILL' ? random.between(1, 16) : 1 },
  };
  writeFileSync(config, JSON.stringify(settings), { mode: 0o600 });
  const files = ['--config', config, '--output-json', join(root, 'report.json')];
  const args = ['run', '--quiet', '--source', source, '--prefix', prefix, ...files];
  const env = { ...bareEnvironment(root), ...serverEnvironment(server) };
  return spawn(process.execPath, [bin, ...args], { cwd: root, env, stdio: 'ignore' });
}
