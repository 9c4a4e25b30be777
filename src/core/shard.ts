import { OWN_FOLDER } from './reserved-names.ts';

/** One shard of a plan: the part of a backup that one machine does. */
export interface ShardId {
  /** Id of the plan: `20261130T021500Z-1a2b3c4d`. */
  readonly plan: string;
  /** Index of the shard. The first is 0. */
  readonly index: number;
}

/** What the keys of a plan's objects begin with. @param prefix Prefix of the backup, as `normalPrefix` returns it. */
export function planFolder(prefix: string, plan: string): string {
  return `${prefix}${OWN_FOLDER}plans/${plan}/`;
}

/** What the keys of a shard's objects begin with. @param prefix Prefix of the backup, as `normalPrefix` returns it. */
export function shardFolder(prefix: string, { plan, index }: ShardId): string {
  return `${planFolder(prefix, plan)}shards/${String(index).padStart(5, '0')}/`;
}
