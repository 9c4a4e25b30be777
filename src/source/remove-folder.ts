import { lstatSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How FUSE and NFS call a file that was deleted while somebody had it open, until it is closed. */
const STILL_OPEN = /^\.(fuse_hidden|nfs)[0-9a-f]{8,}$/;
/** One that is older than this is not about to be closed. Milliseconds. */
const JUST_CLOSED_MS = 60_000;
/** A FUSE file system learns of a close only after it has returned. Milliseconds. */
const PAUSES = [1, 10, 50, 200];

/** Removes a folder if it is empty. Returns whether it is gone. */
export function removeIfEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * The same, with patience: a folder that holds nothing but files that were deleted and only just closed is tried again for a
 * quarter of a second.
 */
export async function removeFolder(path: string): Promise<boolean> {
  for (const pause of PAUSES) {
    if (removeIfEmpty(path)) return true;
    if (!holdsDeletedOnly(path)) return false;
    await sleep(pause);
  }
  return removeIfEmpty(path);
}

function holdsDeletedOnly(path: string): boolean {
  try {
    const names = readdirSync(path);
    return names.length > 0 && names.every((name) => STILL_OPEN.test(name) && isYoung(join(path, name)));
  } catch {
    return false;
  }
}

/** Its ctime is that of the rename by which it was deleted. */
function isYoung(path: string): boolean {
  return Date.now() - lstatSync(path).ctimeMs < JUST_CLOSED_MS;
}
