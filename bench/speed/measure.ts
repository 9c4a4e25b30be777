import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { type Command, cleanEnvironment } from '../safety/run-process.ts';
import { GroupUse } from './group-use.ts';
import { pinned } from './pinning.ts';

/** What running a program to its end took. */
export interface Measured {
  /** Undefined when a signal ended it. */
  readonly code: number | undefined;
  /** The end of what it said on stderr. */
  readonly output: string;
  readonly userSeconds: number;
  readonly systemSeconds: number;
  readonly wallSeconds: number;
  /** Resident memory in bytes, of all its processes. */
  readonly peakBytes: number;
  /** CPU seconds of each process, in the order in which they began. */
  readonly processSeconds: readonly number[];
}

/**
 * bash's own `time` counts a program with all that it waited for, in milliseconds; there is nothing to install, as there
 * would be for GNU time. Its line goes to descriptor 3, what the program says to 2.
 */
const SCRIPT = 'TIMEFORMAT="%U %S %R"; { time "$@" 2>&4; } 4>&2 2>&3';
const OUTPUT_LIMIT = 4_000;
/** One that takes longer is stopped: it hangs. */
const LIMIT_MS = 3_600_000;

/** The environment without what would configure a client, or add to its start. */
export function bareEnvironment(): NodeJS.ProcessEnv {
  const isInTheWay = /^NODE_|_proxy$/i;
  return Object.fromEntries(Object.entries(cleanEnvironment()).filter(([name]) => !isInTheWay.test(name)));
}

/** Runs a program and measures it. What it says on stdout is dropped. */
export function measure(
  { file, args, env }: Command,
  cores: string | undefined,
  cwd: string,
): Promise<Measured> {
  const [program = '', ...rest] = pinned(cores, ['bash', '-c', SCRIPT, 'bash', file, ...args]);
  return new Promise((resolve, reject) => {
    // A group of its own, by which its processes are known.
    const child = spawn(program, rest, {
      cwd,
      env: { ...bareEnvironment(), ...env },
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    const { pid } = child;
    if (pid === undefined) {
      child.once('error', reject);
      return;
    }
    const use = new GroupUse(pid);
    const kill = () => {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    };
    const timer = setTimeout(kill, LIMIT_MS);
    // Before others remove what it writes to.
    process.prependOnceListener('exit', kill);
    const output = collect(child.stdio[2] as Readable);
    const times = collect(child.stdio[3] as Readable);
    child.once('close', (code) => {
      clearTimeout(timer);
      process.off('exit', kill);
      const { peakBytes, cpuSeconds } = use.stop();
      const [userSeconds = Number.NaN, systemSeconds = Number.NaN, wallSeconds = Number.NaN] = times()
        .trim()
        .split(' ')
        .map(Number);
      resolve({
        code: code ?? undefined,
        output: output(),
        userSeconds,
        systemSeconds,
        wallSeconds,
        peakBytes,
        processSeconds: cpuSeconds,
      });
    });
  });
}

function collect(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (piece: string) => {
    text = (text + piece).slice(-OUTPUT_LIMIT);
  });
  return () => text;
}
