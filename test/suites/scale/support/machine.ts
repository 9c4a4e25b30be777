import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { bareEnvironment } from '../../../support/cli-context.ts';

/** Why there can be no machine of a test's own here, or false. */
export const NO_MACHINE =
  process.platform !== 'linux' || process.geteuid?.() !== 0
    ? 'only root on Linux can make namespaces that stand for machines'
    : spawnSync('unshare', ['--mount', '--uts', '--ipc', '--pid', '--fork', 'true']).status === 0
      ? false
      : 'no namespaces can be made here';

/** Gives it a name that it can look up, and folders for locks that no other machine sees. */
const BEGIN = `echo "$0" > /proc/sys/kernel/hostname &&
  for folder in /tmp /dev/shm; do mount -t tmpfs -o mode=1777 tmpfs $folder || exit 1; done &&
  mkdir -m 700 /tmp/machine && echo "127.0.0.1 localhost $0" > /tmp/machine/hosts &&
  mount --bind /tmp/machine/hosts /etc/hosts && exec "$@"`;

export interface MachineOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly stdio?: SpawnOptions['stdio'];
}

/**
 * What a program can tell from a machine of its own: it has a hostname, processes, and folders for locks of its own. It shares the
 * network, and all other folders, as machines with a common file system do. It ends with its first process, and with this one,
 * however that ends: the kernel then kills all of its processes.
 */
export class Machine {
  readonly name: string;
  readonly child: ChildProcess;
  /** Resolves to the exit code of the first process; null if a signal has ended it. */
  readonly ended: Promise<number | null>;

  /** @param words The first process of the machine. */
  constructor(name: string, words: readonly string[], { cwd, env, stdio = 'ignore' }: MachineOptions) {
    this.name = name;
    const namespaces = ['--mount', '--uts', '--ipc', '--pid', '--fork', '--kill-child', '--mount-proc'];
    this.child = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', 'unshare', ...namespaces, 'sh', '-c', BEGIN, name, ...words],
      { cwd, env: { ...bareEnvironment(tmpdir()), ...env }, stdio },
    );
    this.ended = once(this.child, 'close').then(([code]) => code as number | null);
  }

  /** Sends a signal to every process, until no process is left without it: they may make others meanwhile. */
  signal(name: 'SIGSTOP' | 'SIGCONT', isMeant: (pid: number) => boolean = () => true): void {
    const done = new Set<number>();
    for (let more = true; more; ) {
      const left = this.processes().filter((pid) => !done.has(pid) && isMeant(pid));
      for (const pid of left) {
        done.add(pid);
        ignoringGone(() => process.kill(pid, name));
      }
      more = left.length > 0;
    }
  }

  /** Ends every process at once, as a power cut does. */
  cutPower(): void {
    this.child.kill('SIGKILL');
  }

  /** Ends the machine. */
  async end(): Promise<void> {
    this.cutPower();
    await this.ended;
    while (this.processes().length > 0) await sleep(10);
  }

  /** Numbers of its processes, as this process sees them. */
  processes(): number[] {
    const namespace = this.#namespace;
    if (namespace === undefined) return [];
    return processes().filter((pid) => linkOf(`/proc/${pid}/ns/pid`) === namespace);
  }

  #known: string | undefined;
  /** Name of the namespace of its processes; undefined before it has begun. */
  get #namespace(): string | undefined {
    const [own, found] = ['self', this.child.pid].map((pid) => linkOf(`/proc/${pid}/ns/pid_for_children`));
    if (found !== own) this.#known ??= found;
    return this.#known;
  }
}

/** Numbers of all processes. */
export function processes(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The words by which a process was started; none if it is gone. */
export function wordsOf(pid: number): string[] {
  return textsOf(`/proc/${pid}/cmdline`);
}

/** A variable in the environment of a process. */
export function variableOf(pid: number, name: string): string | undefined {
  const found = textsOf(`/proc/${pid}/environ`).find((text) => text.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}

function textsOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function ignoringGone(work: () => void): void {
  try {
    work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
