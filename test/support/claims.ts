import { mkdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ShardId } from '../../src/core/shard.ts';
import { ownMaker } from '../../src/source/claim-maker.ts';
import { type ClaimMaker, claimFileName, claimFolderName } from '../../src/source/claim-name.ts';

const UNIQUE = '0123456789abcdef';

/** No Linux gives a process so high a number: pid_max is 4,194,304 at most. */
const NOBODYS_PID = 5_000_000;

/** A process of this machine that has ended. */
export const DEAD: ClaimMaker = { ...ownMaker(), pid: NOBODYS_PID, start: 1, instance: 'deadbeef' };

/** A process of another machine, or of another container. */
export const ELSEWHERE: ClaimMaker = { ...DEAD, place: '0123456789ab' };

/** The name of a claim folder that a crashed run of this machine has left. */
export const LEFT_CLAIMS: string = claimFolderName(DEAD, UNIQUE);

/** @param shard The shard whose work the maker did. Default: none. */
export function claimFolderOf(maker: ClaimMaker, shard?: ShardId): string {
  return claimFolderName(maker, UNIQUE, shard);
}

/** The name of a claim beside the other files. @param shard The shard whose work the maker did. Default: none. */
export function claimBeside(maker: ClaimMaker, fileName: string, shard?: ShardId): string {
  return claimFileName(claimFolderOf(maker, shard), fileName) ?? '';
}

/**
 * Moves a file into a claim folder beside it, as a run leaves it that is killed between the claim and the deletion.
 *
 * @returns where it is then
 */
export function leaveClaimed(path: string, folder: string = LEFT_CLAIMS): string {
  const claimed = join(dirname(path), folder, basename(path));
  mkdirSync(dirname(claimed), { recursive: true, mode: 0o700 });
  renameSync(path, claimed);
  return claimed;
}
