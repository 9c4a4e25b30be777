/** One shard of a plan: the part of a backup that one machine does. */
export interface ShardId {
  /** Id of the plan: `20261130T021500Z-1a2b3c4d`. */
  readonly plan: string;
  /** Index of the shard. The first is 0. */
  readonly index: number;
}
