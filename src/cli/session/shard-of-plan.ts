import { BackupError } from '../../core/errors.ts';
import { PLAN_ID } from '../../core/shard.ts';
import type { Shard } from '../../plans/shard-options.ts';

/** The flags of a run that works on a shard. */
export interface ShardFlags {
  readonly plan?: string | undefined;
  readonly shard?: string | undefined;
  readonly lease?: boolean | undefined;
  readonly filesFrom?: string | undefined;
}

/** Variables in which engines give a task its index, with the index of the first task. */
const INDEX_VARIABLES = {
  SLURM_ARRAY_TASK_ID: 0,
  JOB_COMPLETION_INDEX: 0,
  AWS_BATCH_JOB_ARRAY_INDEX: 0,
  NOMAD_ALLOC_INDEX: 0,
  PARALLEL_SEQ: 1,
} as const;

/**
 * Checks the value of `--plan`.
 *
 * @throws BackupError `BAD_OPTION`
 */
export function requirePlanId(plan: string): void {
  if (PLAN_ID.test(plan)) return;
  throw new BackupError('BAD_OPTION', `--plan is ${JSON.stringify(plan)}; allowed is the id of a plan.`, {
    hint: '`s3-backup plan` prints it: 20261130T021500Z-1a2b3c4d.',
  });
}

/**
 * Finds out which shard a run works on: that of `--shard`, else that of the engine's variable.
 *
 * @returns undefined if the run is not one of a plan
 * @throws BackupError `BAD_OPTION`
 */
export function shardOf(
  { plan, shard, lease = true, filesFrom }: ShardFlags,
  env: NodeJS.ProcessEnv,
): Shard | undefined {
  if (plan === undefined) {
    const flag = shard === undefined ? (lease ? undefined : '--no-lease') : '--shard';
    if (flag !== undefined) throw new BackupError('BAD_OPTION', `${flag} needs --plan.`);
    return undefined;
  }
  requirePlanId(plan);
  if (filesFrom !== undefined)
    throw new BackupError('BAD_OPTION', '--plan and --files-from exclude each other; use one of them.');
  if (shard !== undefined) return { plan, index: indexOf('--shard', shard, 0), indexName: '--shard' };
  return { plan, ...indexOfEngine(env) };
}

/** @throws BackupError `BAD_OPTION` if no variable has an index, or two differ */
function indexOfEngine(env: NodeJS.ProcessEnv): Omit<Shard, 'plan'> {
  const found = Object.entries(INDEX_VARIABLES).flatMap(([name, first]) => {
    const text = env[name];
    return text ? [{ indexName: name, index: indexOf(name, text, first), text }] : [];
  });
  const [one] = found;
  if (one === undefined)
    throw new BackupError('BAD_OPTION', '--plan needs the index of a shard.', {
      hint: `Use --shard, or one of ${Object.keys(INDEX_VARIABLES).join(', ')}.`,
    });
  const other = found.find(({ index }) => index !== one.index);
  if (other)
    throw new BackupError(
      'BAD_OPTION',
      `${one.indexName} is ${one.text} and ${other.indexName} is ${other.text}, which are two shards.`,
      { hint: 'Use --shard, which counts more than these variables.' },
    );
  return { index: one.index, indexName: one.indexName };
}

function indexOf(name: string, text: string, first: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  if (number >= first) return number - first;
  throw new BackupError(
    'BAD_OPTION',
    `${name} is ${JSON.stringify(text)}; allowed are whole numbers from ${first}.`,
  );
}
