import { spawn } from 'node:child_process';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Ended {
  /** Undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly timedOut: boolean;
  /** The end of what it said. */
  readonly output: string;
}

const OUTPUT_LIMIT = 4_000;

/** The environment without what would configure any of the tools. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const isConfiguration = /^(AWS|RCLONE|S3|MC|BACKUP|npm)_/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isConfiguration.test(name)));
}

/** Runs a tool to its end, or to the time limit. `onStart` is given the means to kill it and all that it started. */
export function runProcess(
  { file, args, env }: Command,
  options: { readonly cwd: string; readonly limitMs: number; readonly onStart?: (kill: () => void) => void },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    // A group of its own: some tools are started by a wrapper.
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: { ...cleanEnvironment(), ...env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let timedOut = false;
    let output = '';
    const kill = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-OUTPUT_LIMIT);
      });
    }
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, options.limitMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? undefined, timedOut, output });
    });
    options.onStart?.(kill);
  });
}
