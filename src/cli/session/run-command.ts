import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { messageOf, systemCode } from '../../core/errors.ts';
import { OWN_GROUP, signalGroup } from './own-group.ts';
import { wholeLines } from './whole-lines.ts';

const GRACE_MS = 5_000;
/** How long the output is read after a command has ended: a child that it left behind may keep its stdout open. Milliseconds. */
const DRAIN_MS = 1_000;

export interface CommandInput {
  /** The program and its arguments; no shell reads them. */
  readonly command: readonly [program: string, ...words: string[]];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Text for its stdin. Default: none; its stdin is empty. */
  readonly stdin?: string | undefined;
  readonly limitSeconds: number;
  /** How long a command that was told to end may take for it, in milliseconds. Then it is killed. Default 5000. */
  readonly graceMs?: number | undefined;
  /** An abort ends the command with its children. Default: only the time limit does. */
  readonly signal?: AbortSignal | undefined;
  /** An abort kills them at once. */
  readonly kill?: AbortSignal | undefined;
  /** Called with each line that it writes to stdout or stderr, without the line end. */
  readonly onLine: (line: string) => void;
}

/**
 * Runs a command in a process group of its own. On a time-out or an abort the whole group is ended: by SIGTERM, and 5 s later by
 * SIGKILL. Children that a command leaves behind when it ends by itself are left alone.
 *
 * @returns undefined if the command has ended with exit code 0; else what happened, as the end of a sentence
 */
export async function runCommand(input: CommandInput): Promise<string | undefined> {
  const { signal } = input;
  if (signal?.aborted) return 'was stopped by a signal';
  try {
    return await new CommandRun(start(input), input.graceMs ?? GRACE_MS).end(input);
  } catch (error) {
    return notStarted(error);
  }
}

/** @throws Error of the system or of Node.js, for example for an argument list that is too long */
function start({ command: [program, ...words], cwd, env, stdin }: CommandInput): ChildProcess {
  const options: SpawnOptions = {
    cwd,
    env,
    stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  };
  return spawn(program, words, { ...options, ...OWN_GROUP });
}

function notStarted(error: unknown): string {
  const code = systemCode(error);
  if (code === 'ENOENT') return 'could not be started: there is no such program, or no such current folder';
  return `could not be started: ${code ?? messageOf(error)}`;
}

class CommandRun {
  readonly #child: ChildProcess;
  readonly #graceMs: number;
  /** Why this program has ended the command; undefined while it has not. */
  #ended: string | undefined;
  #timers: NodeJS.Timeout[] = [];

  constructor(child: ChildProcess, graceMs: number) {
    this.#child = child;
    this.#graceMs = graceMs;
  }

  end({ stdin, limitSeconds, signal, kill, onLine }: CommandInput): Promise<string | undefined> {
    const child = this.#child;
    const stop = () => this.#stop('was stopped by a signal');
    const killNow = () => signalGroup(child, 'SIGKILL');
    signal?.addEventListener('abort', stop);
    kill?.addEventListener('abort', killNow);
    this.#after(limitSeconds * 1000, () => this.#stop(`took longer than ${limitSeconds} s`));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) wholeLines(stream, (text) => text.slice(0, -1).split('\n').forEach(onLine));
    }
    // The command may end without reading its input.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(stdin);
    return new Promise<string | undefined>((resolve) => {
      child.once('error', (error) => resolve(notStarted(error)));
      child.once('exit', () => this.#drain());
      child.once('close', (code, name) => resolve(this.#ended ?? failureOf(code, name)));
    }).finally(() => {
      for (const timer of this.#timers) clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      kill?.removeEventListener('abort', killNow);
      // A child that ignores SIGTERM, and that no output ties to the command.
      if (this.#ended !== undefined) killNow();
    });
  }

  #stop(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    signalGroup(this.#child, 'SIGTERM');
    this.#after(this.#graceMs, () => signalGroup(this.#child, 'SIGKILL'));
  }

  #drain(): void {
    this.#after(this.#ended === undefined ? DRAIN_MS : this.#graceMs, () => {
      this.#child.stdout?.destroy();
      this.#child.stderr?.destroy();
    });
  }

  #after(ms: number, work: () => void): void {
    this.#timers.push(setTimeout(work, ms));
  }
}

function failureOf(code: number | null, signal: NodeJS.Signals | null): string | undefined {
  if (code === 0) return undefined;
  return `ended with ${signal ?? `exit code ${code}`}`;
}
