import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fusePython } from '../../test/support/mounts.ts';
import { pinned } from './pinning.ts';

/** A folder that is also seen through a FUSE file system on which each call takes longer. */
export interface SlowFileSystem {
  /** Where a path below the folder is seen. */
  seen(path: string): string;
  unmount(): Promise<void>;
}

/**
 * @param delayMs milliseconds for each call; calls of several threads wait at the same time
 * @param cores those of the file system's process
 * @throws Error where FUSE cannot be had
 */
export async function mountSlowly(
  folder: string,
  delayMs: number,
  cores: string | undefined,
): Promise<SlowFileSystem> {
  const found = fusePython();
  if ('lacks' in found) throw new Error(`no slow file system: ${found.lacks}`);
  const point = `${folder}-slow`;
  mkdirSync(point, { recursive: true });
  const script = resolve('test/support/fuse/odd.py');
  const [file = '', ...args] = pinned(cores, [found.python, script, folder, point, `slow=${delayMs}`]);
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const unmountNow = () => {
    spawnSync('umount', ['--lazy', point]);
    rmdirSync(point);
  };
  process.once('exit', unmountNow);
  const isReady = await Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!isReady) throw new Error('no slow file system: FUSE does not work here');
  return {
    seen: (path) => join(point, relative(folder, path)),
    unmount: async () => {
      process.off('exit', unmountNow);
      unmountNow();
      await ended;
    },
  };
}
