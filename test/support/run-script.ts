import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { NODE_FLAGS, sourceUrl } from './sources.ts';
import { useFolder } from './tree.ts';

export interface ScriptEnd {
  /** `null` when it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ScriptOptions {
  readonly args?: readonly unknown[];
  readonly env?: NodeJS.ProcessEnv;
  /** Whether it is given on node's command line instead of in a file. */
  readonly inline?: boolean;
  /** When it is killed. Default 10 s. */
  readonly longestMs?: number;
}

/**
 * Runs a module in a process of its own until that ends by itself. `load('http/connection.ts')` in it imports a module of
 * `src/`, and the parameters are in `args`.
 */
export async function runScript(
  t: TestContext,
  script: string,
  { args = [], env = {}, inline = false, longestMs = 60_000 }: ScriptOptions = {},
): Promise<ScriptEnd> {
  // The path of a module as it stands in the sources, with the ending that the compiled ones have.
  const [src, ending] = sourceUrl('*.ts').split('*');
  const module = `
    const load = (path) => import(${JSON.stringify(src)} + path.replace(/\\.ts$/, ${JSON.stringify(ending)}));
    const args = ${JSON.stringify(args)};
    ${script}`;
  const file = join(useFolder(t), 'script.mjs');
  writeFileSync(file, module);
  const what = inline ? ['--input-type=module', '-e', module] : [file];
  const child = spawn(process.execPath, [...NODE_FLAGS, ...what], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: longestMs,
    killSignal: 'SIGKILL',
  });
  t.after(() => child.kill('SIGKILL'));
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}
