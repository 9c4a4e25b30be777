import { readdirSync, readFileSync } from 'node:fs';

const PERIOD_MS = 40;

/**
 * The memory of a process group, by looking at it every 40 ms. The kernel keeps each process's peak (VmHWM), so that
 * nothing between two looks is missed, but a process's last 40 ms.
 */
export class GroupMemory {
  readonly #peaks = new Map<number, number>();
  readonly #leader: number;
  readonly #timer: NodeJS.Timeout;

  /** @param leader the group's id; its first process, the shell that measures, is left out */
  constructor(leader: number) {
    this.#leader = leader;
    this.#timer = setInterval(() => this.#look(), PERIOD_MS);
  }

  /** Ends the looking. @returns the sum of the processes' peaks of resident memory in bytes */
  stop(): number {
    clearInterval(this.#timer);
    return [...this.#peaks.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  #look(): void {
    for (const name of readdirSync('/proc')) {
      const pid = Number(name);
      if (!Number.isInteger(pid) || pid === this.#leader) continue;
      const peak = groupOf(pid) === this.#leader ? peakOf(pid) : undefined;
      if (peak !== undefined) this.#peaks.set(pid, peak);
    }
  }
}

/** Undefined when the process has ended. */
function read(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return undefined;
  }
}

function groupOf(pid: number): number | undefined {
  const stat = read(pid, 'stat');
  // The name before it, in parentheses, may hold anything.
  const [, , group] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return group === undefined ? undefined : Number(group);
}

function peakOf(pid: number): number | undefined {
  const match = /^VmHWM:\s+(\d+) kB/m.exec(read(pid, 'status') ?? '');
  return match === null ? undefined : Number(match[1]) * 1024;
}
