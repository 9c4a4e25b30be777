import { readdirSync, readFileSync } from 'node:fs';

const PERIOD_MS = 40;

/** Ticks of the times in /proc/PID/stat a second: USER_HZ is 100 on every Linux that Node.js runs on. */
const TICKS = 100;

/** What the processes of a group have used. */
export interface Use {
  /** The sum of the processes' peaks of resident memory, in bytes. */
  readonly peakBytes: number;
  /** CPU seconds of each process, in the order in which they began. */
  readonly cpuSeconds: readonly number[];
}

/**
 * What a process group uses, by looking at it every 40 ms. The kernel keeps each process's peak (VmHWM) and times, so that
 * nothing between two looks is missed, but a process's last 40 ms.
 */
export class GroupUse {
  readonly #peaks = new Map<number, number>();
  readonly #seconds = new Map<number, number>();
  readonly #leader: number;
  readonly #timer: NodeJS.Timeout;

  /** @param leader the group's id; its first process, the shell that measures, is left out */
  constructor(leader: number) {
    this.#leader = leader;
    this.#timer = setInterval(() => this.#look(), PERIOD_MS);
  }

  /** Ends the looking. */
  stop(): Use {
    clearInterval(this.#timer);
    const peakBytes = [...this.#peaks.values()].reduce((sum, bytes) => sum + bytes, 0);
    return { peakBytes, cpuSeconds: [...this.#seconds.values()] };
  }

  #look(): void {
    for (const name of readdirSync('/proc')) {
      const pid = Number(name);
      if (!Number.isInteger(pid) || pid === this.#leader) continue;
      const stat = statOf(pid);
      if (stat?.group !== this.#leader) continue;
      this.#seconds.set(pid, stat.cpuSeconds);
      const peak = peakOf(pid);
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

function statOf(pid: number): { readonly group: number; readonly cpuSeconds: number } | undefined {
  const stat = read(pid, 'stat');
  if (stat === undefined) return undefined;
  // The name before them, in parentheses, may hold anything.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [group = 0, user = 0, system = 0] = [fields[2], fields[11], fields[12]];
  return { group, cpuSeconds: (user + system) / TICKS };
}

function peakOf(pid: number): number | undefined {
  const match = /^VmHWM:\s+(\d+) kB/m.exec(read(pid, 'status') ?? '');
  return match === null ? undefined : Number(match[1]) * 1024;
}
