import { realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { untrustedFolder } from '../source/trusted-path.ts';

/**
 * The folders that hold locks. Each run writes its lock into every one that it can use, and looks into all of them: two
 * runs exclude each other if they share one. No variable of the environment decides, since cron, a shell and a systemd
 * unit of one user have different ones. `/dev/shm`, where Linux keeps POSIX semaphores, is shared by units with a
 * `/tmp` of their own and stays writable in read-only containers; `/tmp` stays when systemd removes a user's
 * `/dev/shm` files at logout. The folder that TMPDIR names serves where there is neither. On Windows %TEMP% is the
 * user's own.
 */
export function lockPlaces(): string[] {
  const named = process.platform === 'win32' ? [tmpdir()] : [...SYSTEM_PLACES, tmpdir()];
  return [...new Set(named.map(realPath))];
}

const SYSTEM_PLACES = ['/dev/shm', '/tmp'];
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}

/**
 * Why a lock in this folder could be taken away, or replaced, by another user; undefined if it could not. Who owns the
 * system's places is not asked: in a user namespace root's files seem to belong to `nobody`.
 *
 * @param lockFolder A folder of this user's in it.
 */
export function untrustedPlace(place: string, lockFolder: string): string | undefined {
  if (process.geteuid === undefined) return undefined;
  const { mode } = statSync(place);
  const isShared = (mode & OTHERS_WRITE) !== 0;
  if (isShared && (mode & STICKY) === 0) return 'others may write to it, and it has no sticky bit';
  if (SYSTEM_PLACES.some((each) => realPath(each) === place)) return undefined;
  return untrustedFolder({ path: lockFolder, given: lockFolder });
}
