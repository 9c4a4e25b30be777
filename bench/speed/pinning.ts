import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';

/** Which cores the client and the sink run on, as taskset takes them; undefined where nothing is pinned. */
export interface Pinning {
  readonly client: string | undefined;
  readonly sink: string | undefined;
}

/**
 * The client on core 0 and the sink on core 1, so that neither takes the other's time.
 * @param cores for the client, 1 or 2
 */
export function pin(cores: number): Pinning {
  const hasTaskset = spawnSync('taskset', ['--version']).status === 0;
  // All that there are: this process may be pinned itself.
  if (!hasTaskset || cpus().length < 2) return { client: undefined, sink: undefined };
  return { client: cores > 1 ? '0,1' : '0', sink: '1' };
}

/** Moves this process to these cores. */
export function moveTo(cores: string | undefined): void {
  if (cores === undefined) return;
  spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(process.pid)]);
}

/** The command line that runs another on these cores. */
export function pinned(cores: string | undefined, commandLine: readonly string[]): string[] {
  return cores === undefined ? [...commandLine] : ['taskset', '--cpu-list', cores, ...commandLine];
}
