import { sep } from 'node:path';
import type { LockHolder } from '../../lock/lock-record.ts';
import type { Resource } from '../../lock/resource.ts';
import { takeLocks } from '../../lock/take-locks.ts';
import type { CommandWords } from '../config/parse/parse-command.ts';

export interface HookLockOptions {
  /** Source folders, as they were given: they may not exist before the hook has run. */
  readonly sources: readonly string[];
  readonly commands: readonly CommandWords[];
  readonly holder: LockHolder;
  readonly waitSeconds: number;
  readonly signal: AbortSignal;
}

/**
 * Keeps other runs off that have the same hooks, or a source in the same folder, from before the first hook until after the last
 * one. Without it a second run would make the snapshot again, fail, and release the one that the first run reads. The run's own
 * lock comes too late: its folders are known only when the snapshot is there.
 *
 * @returns a function that releases the lock
 * @throws BackupError `LOCKED`, `LOCK_UNAVAILABLE`
 */
export function takeHookLock(options: HookLockOptions): Promise<() => void> {
  const { sources, commands, ...rest } = options;
  const folders = sources.map(
    (path): Resource => ({ tree: 'hooked folders', path: closed(path), name: path }),
  );
  const hooks = commands.map(
    (words): Resource => ({ tree: 'hooks', path: JSON.stringify(words), name: `the hook ${words[0]}` }),
  );
  return takeLocks({ ...rest, resources: [...folders, ...hooks] });
}

function closed(path: string): string {
  return path.endsWith(sep) ? path : path + sep;
}
