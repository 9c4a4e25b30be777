import { OWN_FOLDER } from './reserved-names.ts';

/** One shard of a plan: the part of a backup that one machine does. */
export interface ShardId {
  /** Id of the plan: `20261130T021500Z-1a2b3c4d`. */
  readonly plan: string;
  /** Index of the shard. The first is 0. */
  readonly index: number;
}

/** Form of the id of a plan: when it was made, and eight random digits. */
export const PLAN_ID = /^\d{8}T\d{6}Z-[0-9a-f]{8}$/;

/** Most shards that a plan can have. */
export const MOST_SHARDS = 10_000;

/** Whether both are the same shard. Two runs on no shard have none in common. */
export function isSameShard(one: ShardId | undefined, other: ShardId | undefined): boolean {
  return one !== undefined && one.plan === other?.plan && one.index === other.index;
}

/** What the keys of a plan's objects begin with. @param prefix Prefix of the backup, as `normalPrefix` returns it. */
export function planFolder(prefix: string, plan: string): string {
  return `${prefix}${OWN_FOLDER}plans/${plan}/`;
}

/** What the keys of a shard's objects begin with. @param prefix Prefix of the backup, as `normalPrefix` returns it. */
export function shardFolder(prefix: string, { plan, index }: ShardId): string {
  return `${planFolder(prefix, plan)}shards/${String(index).padStart(5, '0')}/`;
}
