import type { ChildProcess, SpawnOptions } from 'node:child_process';

/** Starts a command in a process group of its own. The group is ended as a whole, and only by us: Ctrl-C first stops the run in order. */
export const OWN_GROUP: Pick<SpawnOptions, 'detached'> = { detached: process.platform !== 'win32' };

/** Sends a signal to a command that was started in a group of its own, and to its children. */
export function signalGroup(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It has just ended by itself.
  }
}
