import { OWN_FOLDER } from '../core/reserved-names.ts';
import { planFolder, type ShardId, shardFolder } from '../core/shard.ts';

/**
 * Key of the lease of a run: of its shard, or of the whole prefix.
 *
 * @param prefix Prefix of the backup, as `normalPrefix` returns it.
 */
export function leaseKey(prefix: string, shard: ShardId | undefined): string {
  return `${shard === undefined ? prefix + OWN_FOLDER : shardFolder(prefix, shard)}lease`;
}

/** Key of the lease of a whole plan: of the run that merges what its shards have done. */
export function planLeaseKey(prefix: string, plan: string): string {
  return `${planFolder(prefix, plan)}lease`;
}
