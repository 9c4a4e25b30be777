import { readdirSync } from 'node:fs';
import { parseClaimName } from './claim-name.ts';
import { claimRule } from './claim-rule.ts';
import { type Recovery, recoverIn } from './recover.ts';
import type { SourceRoot } from './root.ts';
import { openSourceFolder } from './source-folder.ts';

/**
 * Gives the files that shards of a plan left claimed in a folder their names back, as the next attempt at each shard would. For the
 * end of a plan, when no such attempt comes. Other claims are left alone.
 *
 * @param path Path of the folder, relative to the root.
 * @param plan Id of the plan.
 * @param mayRecover Whether a shard is free: no run holds its lease. Asked once for each shard that has claims in the folder,
 * just before they are put back. Default: all are free.
 * @returns for each shard that has claims in the folder, in no order, what became of them. Claims of a shard that is not free, or
 * whose maker lives on this machine, are `waiting`.
 * @throws SourceError or the system's error if the folder cannot be used; what `mayRecover` throws
 */
export async function recoverShards(
  root: SourceRoot,
  path: string,
  plan: string,
  mayRecover: (index: number) => boolean | Promise<boolean> = () => true,
): Promise<ReadonlyMap<number, Recovery>> {
  const folder = openSourceFolder(root, path);
  try {
    const recoveries = new Map<number, Recovery>();
    for (const [index, names] of claimsByShard(readdirSync(folder.entry('.')), plan)) {
      const shard = { plan, index };
      const isFree = await mayRecover(index);
      const left = names.filter((name) => isFree && claimRule(name, shard) !== 'leave');
      const recovery = await recoverIn(folder, left, shard);
      const others = names.filter((name) => !left.includes(name));
      recoveries.set(index, { ...recovery, waiting: [...recovery.waiting, ...others] });
    }
    return recoveries;
  } finally {
    folder.close();
  }
}

/** Names of the claims of a plan, by the indices of its shards. */
function claimsByShard(names: readonly string[], plan: string): ReadonlyMap<number, string[]> {
  const claims = new Map<number, string[]>();
  for (const name of names) {
    const shard = parseClaimName(name)?.shard;
    if (shard?.plan !== plan) continue;
    const ofShard = claims.get(shard.index);
    if (ofShard) ofShard.push(name);
    else claims.set(shard.index, [name]);
  }
  return claims;
}
