import { BackupError } from '../core/errors.ts';

/** Longest list of shards in the message, in characters. */
const LONGEST_LIST = 200;

/** Error of code `SHARDS_MISSING`: shards of a plan have not ended, so that there is nothing to finish yet. */
export class ShardsMissing extends BackupError {
  /** Indices of these shards, in rising order. */
  readonly shards: readonly number[];

  constructor(plan: string, shards: readonly number[], count: number) {
    const list = shardList(shards);
    const shown =
      list.length > LONGEST_LIST ? `${list.slice(0, LONGEST_LIST).replace(/[^,]*$/, '')}...` : list;
    const have = shards.length === 1 ? 'has' : 'have';
    super(
      'SHARDS_MISSING',
      `Of the ${count} shards of plan ${plan}, ${shards.length} ${have} not ended: ${shown}`,
      {
        hint: 'Run them, and then finish the plan. Nothing was stored.',
      },
    );
    this.shards = shards;
  }
}

/** Formats indices as job arrays take them: `3,7-9`. @param shards In rising order. */
export function shardList(shards: readonly number[]): string {
  const ranges: [from: number, to: number][] = [];
  for (const shard of shards) {
    const last = ranges.at(-1);
    if (last?.[1] === shard - 1) last[1] = shard;
    else ranges.push([shard, shard]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',');
}
