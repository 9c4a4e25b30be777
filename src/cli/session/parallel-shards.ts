import { BackupError } from '../../core/errors.ts';
import type { ShardFlags } from './shard-of-plan.ts';

/** The flag that says how many shards of a plan work at the same time. */
export interface ParallelFlags extends Pick<ShardFlags, 'plan'> {
  readonly parallel?: string | undefined;
}

/** No plan has more shards. */
const MOST = 10_000;

/**
 * Reads the number of shards that share the bandwidth limit.
 *
 * @returns 1 if the flag was not given
 * @throws BackupError `BAD_OPTION`
 */
export function parallelOf({ plan, parallel }: ParallelFlags): number {
  if (parallel === undefined) return 1;
  if (plan === undefined) throw new BackupError('BAD_OPTION', '--parallel needs --plan.');
  const number = /^\d{1,5}$/.test(parallel) ? Number(parallel) : 0;
  if (number >= 1 && number <= MOST) return number;
  throw new BackupError(
    'BAD_OPTION',
    `--parallel is ${JSON.stringify(parallel)}; allowed are whole numbers from 1 to ${MOST}.`,
  );
}
