import { realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { untrustedFolder } from '../source/trusted-path.ts';

/**
 * Folders that hold locks, with links resolved. A run writes its lock into each one that it can use, and reads all of them, so
 * two runs exclude each other if they share at least one.
 *
 * - Environment variables do not decide: cron, a shell and a systemd unit of one user have different ones.
 * - `/dev/shm`, where Linux keeps POSIX semaphores, is shared by systemd units with a `/tmp` of their own, and is writable in
 *   read-only containers.
 * - `/tmp` remains when systemd removes a user's files in `/dev/shm` at logout.
 * - The folder that TMPDIR names serves if both are missing. On Windows %TEMP% belongs to the user.
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
 * Why another user could remove or replace a lock in this place; undefined if none could. The owner of the system's places is
 * not checked: in a user namespace root's files appear to belong to `nobody`.
 *
 * @param lockFolder A folder of this user in the place.
 * @throws the system's error
 */
export function untrustedPlace(place: string, lockFolder: string): string | undefined {
  if (process.geteuid === undefined) return undefined;
  const { mode } = statSync(place);
  const isShared = (mode & OTHERS_WRITE) !== 0;
  if (isShared && (mode & STICKY) === 0) return 'others may write to it, and it has no sticky bit';
  if (SYSTEM_PLACES.some((each) => realPath(each) === place)) return undefined;
  return untrustedFolder({ path: lockFolder, given: lockFolder });
}
