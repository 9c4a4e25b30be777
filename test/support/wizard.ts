import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ConfigInput, type LoadedConfig, loadConfig } from '../../src/cli/config/index.ts';
import type { S3Server } from '../../src/s3-server/index.ts';
import { type CliInput, type CliResult, runCli, type Workplace } from './cli-context.ts';

/** The variables with the keys of a server, and nothing that tells where it is. */
export function keysOf(server: S3Server): Record<string, string> {
  return { AWS_ACCESS_KEY_ID: server.accessKeyId, AWS_SECRET_ACCESS_KEY: server.secretAccessKey };
}

/**
 * Runs `s3-backup init --wizard` at a terminal that cannot move its cursor, and answers with one line each.
 *
 * @param answers Then the input ends.
 */
export async function answering(
  workplace: Workplace,
  answers: readonly string[],
  { argv = [], ...input }: CliInput & { readonly argv?: readonly string[] },
): Promise<Answered> {
  const stdin = answers.map((answer) => `${answer}\n`).join('');
  const env = { TERM: 'dumb', ...input.env };
  const result = await runCli(workplace, ['init', '--wizard', ...argv], { ...input, env, asks: true, stdin });
  return { ...result, said: result.stderr.replace(/\s+/g, ' ') };
}

interface Answered extends CliResult {
  /** What it wrote to stderr, with one space for each line end and each indentation. */
  readonly said: string;
}

/** What a run in this workplace would load. */
export function loadedIn({ cwd, home }: Workplace, input: Partial<ConfigInput> = {}): LoadedConfig {
  return loadConfig({ cwd, env: { HOME: home }, ...input });
}

/** Makes a folder `../open/data` that other users could replace by another one. */
export function openToAll({ root }: Workplace): void {
  mkdirSync(join(root, 'open/data'), { recursive: true });
  chmodSync(join(root, 'open'), 0o777);
}
