import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const CLAIM_FOLDER = /\/\.s3-backup-claim-[^/]*$/;

/**
 * Stops a program with SIGSTOP at a moment at which it has moved files aside for deletion; wherever it is, once `isLate` is true.
 *
 * @returns the number of these files
 */
export async function stopWithClaims(pid: number, isLate: () => boolean): Promise<number> {
  for (;;) {
    process.kill(pid, 'SIGSTOP');
    while (!isStopped(pid)) await sleep(1);
    const claims = claimsOf(pid);
    if (claims > 0 || isLate()) return claims;
    process.kill(pid, 'SIGCONT');
    // Its requests are answered by this process.
    await sleep(2);
  }
}

/** @throws Error if it has ended */
function isStopped(pid: number): boolean {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const [state] = text.slice(text.lastIndexOf(')') + 2);
  if (state === 'Z') throw new Error('the program has ended before it could be stopped');
  return state === 'T';
}

/** Files in the claim folders that a stopped program has open. */
function claimsOf(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  const paths = readdirSync(folder).map((name) => join(folder, name));
  const claims = paths.filter((path) => CLAIM_FOLDER.test(readlinkSync(path)));
  return claims.reduce((count, path) => count + readdirSync(path).length, 0);
}
