import { lstatSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Names that FUSE and NFS give to a file that was deleted while it was open, until it is closed. */
const STILL_OPEN = /^\.(fuse_hidden|nfs)[0-9a-f]{8,}$/;
/** Age in milliseconds above which such a file is not about to be closed. */
const JUST_CLOSED_MS = 60_000;
/** Pauses between the tries, in milliseconds. A FUSE file system learns of a close only after it has returned. */
const PAUSES = [1, 10, 50, 200];

/** Removes a folder if it is empty. @returns whether the folder is gone */
export function removeIfEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Removes a folder if it is empty, and tries for a quarter of a second if it contains only deleted files that were closed just
 * now. @returns whether the folder is gone
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

/** Whether a deleted file is recent, by its ctime: that of the rename that replaced its deletion. */
function isYoung(path: string): boolean {
  return Date.now() - lstatSync(path).ctimeMs < JUST_CLOSED_MS;
}
