import { spawn, spawnSync } from 'node:child_process';
import type { TestContext } from 'node:test';
import { bareEnvironment, type Workplace } from './cli-context.ts';

export const KEYS = {
  enter: '\r',
  down: '\u001b[B',
  interrupt: '\u0003',
  suspend: '\u001a',
  quit: '\u001c',
  end: '\u0004',
} as const;

/** How long a program may take to write what is waited for, in milliseconds. */
const LONGEST_MS = 60_000;

/** Why no program can be started at a terminal here; false if one can. */
export const LACKS_TERMINAL =
  spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0 ? false : 'script is not installed';

/** A program at a pseudo terminal of its own. */
export interface AtTerminal {
  /** All that it wrote so far. */
  output: () => string;
  /** Presses keys. */
  type(keys: string): void;
  /** Resolves when it has written what matches, since the keys that were typed last. */
  seen(pattern: RegExp): Promise<void>;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

/** Starts a program at a pseudo terminal, which is closed after the test. */
export function atTerminal(
  t: TestContext,
  command: readonly string[],
  {
    workplace,
    env,
    columns = 80,
  }: { workplace: Workplace; env?: NodeJS.ProcessEnv | undefined; columns?: number | undefined },
): AtTerminal {
  const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const line = `stty cols ${columns} rows 40 && exec ${quoted}`;
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    cwd: workplace.cwd,
    env: { ...bareEnvironment(workplace.home), TERM: 'xterm', LANG: 'C.UTF-8', SHELL: '/bin/sh', ...env },
  });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  let typedAt = 0;
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    for (const watcher of watchers) watcher();
  });
  child.stdin.on('error', () => undefined);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    output: () => output,
    ended,
    type(keys) {
      typedAt = output.length;
      child.stdin.write(keys);
    },
    seen: (pattern) =>
      new Promise((resolve, reject) => {
        const fail = (what: string) => reject(new Error(`${what} ${pattern}: ${JSON.stringify(output)}`));
        const limit = setTimeout(fail, LONGEST_MS, 'no sign of');
        const watcher = () => {
          if (!pattern.test(output.slice(typedAt))) return;
          watchers.delete(watcher);
          clearTimeout(limit);
          resolve();
        };
        watchers.add(watcher);
        watcher();
        ended.then(() => {
          clearTimeout(limit);
          fail('ended without');
        });
      }),
  };
}
