import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before } from 'node:test';
import { bareEnvironment, type Workplace } from './cli-context.ts';

/**
 * Makes the real bin/s3-backup.js in a folder, with a dist/ built from today's sources: the repository's own dist/ may be old,
 * and building it there would pull it away under the tests of another file.
 *
 * @throws Error if the build fails
 */
export function makeProgram(folder: string): void {
  for (const part of ['bin', 'completions', 'package.json'])
    cpSync(part, join(folder, part), { recursive: true });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  const { status, stderr } = spawnSync(process.execPath, ['scripts/bundle.js', join(folder, 'dist')]);
  if (status !== 0) throw new Error(`the build failed: ${stderr}`);
}

/** Names the folder of a program that test/run-tests.ts has made for all files. */
export const MADE_PROGRAM = 'S3_BACKUP_TEST_PROGRAM';

/**
 * The program as a user starts it. Call it at the top of a test file; the path is there when the tests run.
 */
export function useProgram(): { readonly bin: string } {
  const made = process.env[MADE_PROGRAM];
  if (made !== undefined) return { bin: join(made, 'bin/s3-backup.js') };
  const program = { bin: '' };
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(realpathSync(tmpdir()), 's3-backup-program-'));
    chmodSync(folder, 0o755);
    makeProgram(folder);
    program.bin = join(folder, 'bin/s3-backup.js');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  return program;
}

export interface Spawned {
  readonly child: ChildProcessWithoutNullStreams;
  /** What came so far. */
  readonly output: { stdout: string; stderr: string };
  /** Resolves when stderr (or stdout) has matched. */
  seen(pattern: RegExp, stream?: 'stdout' | 'stderr'): Promise<void>;
  readonly ended: Promise<{
    code: number | null;
    signal: NodeJS.Signals | null;
    stdout: string;
    stderr: string;
  }>;
}

export interface SpawnInput {
  readonly workplace: Pick<Workplace, 'cwd' | 'home'>;
  readonly env?: NodeJS.ProcessEnv;
  /** Written to stdin, which is then closed; `open` leaves it open. Default ''. */
  readonly stdin?: string | 'open';
  readonly uid?: number;
}

/** Starts a program; it is killed should the test end before it. */
export function start(command: readonly string[], input: SpawnInput): Spawned {
  const { workplace, stdin = '', uid } = input;
  const [file = '', ...args] = command;
  const child = spawn(file, args, {
    cwd: workplace.cwd,
    env: { ...bareEnvironment(workplace.home), ...input.env },
    ...(uid !== undefined && { uid, gid: uid }),
  });
  const output = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      for (const watcher of watchers) watcher();
    });
  }
  child.stdin.on('error', () => undefined);
  if (stdin !== 'open') child.stdin.end(stdin);
  const ended = new Promise<Awaited<Spawned['ended']>>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...output }));
  });
  return {
    child,
    output,
    ended,
    seen: (pattern, stream = 'stderr') =>
      new Promise((resolve, reject) => {
        const watcher = () => {
          if (!pattern.test(output[stream])) return;
          watchers.delete(watcher);
          resolve();
        };
        watchers.add(watcher);
        watcher();
        ended.then(
          () => reject(new Error(`ended without ${pattern} on ${stream}: ${output.stderr}`)),
          reject,
        );
      }),
  };
}
