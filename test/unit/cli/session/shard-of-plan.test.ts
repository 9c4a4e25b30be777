import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ShardFlags, shardOf } from '../../../../src/cli/session/shard-of-plan.ts';

const plan = '20261130T021500Z-1a2b3c4d';
const indexOf = (env: NodeJS.ProcessEnv, flags: ShardFlags = {}) => shardOf({ plan, ...flags }, env)?.index;

test('the index of a shard is that of its engine, each of which counts in its own way', () => {
  assert.equal(indexOf({ SLURM_ARRAY_TASK_ID: '3' }), 3);
  assert.equal(indexOf({ JOB_COMPLETION_INDEX: '0' }), 0);
  assert.equal(indexOf({ AWS_BATCH_JOB_ARRAY_INDEX: '12' }), 12);
  assert.equal(indexOf({ NOMAD_ALLOC_INDEX: '1', SLURM_ARRAY_TASK_ID: '' }), 1);
  assert.equal(indexOf({ PARALLEL_SEQ: '1' }), 0);
  assert.equal(indexOf({ PARALLEL_SEQ: '3', SLURM_ARRAY_TASK_ID: '2' }), 2);
});

test('--shard counts more than what the engine says', () => {
  assert.equal(indexOf({ SLURM_ARRAY_TASK_ID: '3', PARALLEL_SEQ: '9' }, { shard: '1' }), 1);
});

test('without --plan the variables mean nothing', () => {
  assert.equal(shardOf({}, { SLURM_ARRAY_TASK_ID: '3' }), undefined);
});

for (const [flags, env, message] of [
  [{ plan: undefined, shard: '1' }, {}, /^--shard needs --plan\.$/],
  [{ plan: 'x/../y' }, {}, /^--plan is "x\/\.\.\/y"; allowed is the id of a plan\.$/],
  [{ filesFrom: '-' }, { SLURM_ARRAY_TASK_ID: '3' }, /^--plan and --files-from exclude each other/],
  [{}, {}, /^--plan needs the index of a shard\.$/],
  [
    {},
    { SLURM_ARRAY_TASK_ID: '3', PARALLEL_SEQ: '3' },
    /^SLURM_ARRAY_TASK_ID is 3 and PARALLEL_SEQ is 3, which are two shards\.$/,
  ],
  [{ shard: '-1' }, {}, /^--shard is "-1"; allowed are whole numbers from 0\.$/],
  [{ shard: '1.5' }, {}, /^--shard is "1\.5"/],
  [{}, { PARALLEL_SEQ: '0' }, /^PARALLEL_SEQ is "0"; allowed are whole numbers from 1\.$/],
  [{}, { JOB_COMPLETION_INDEX: 'x' }, /^JOB_COMPLETION_INDEX is "x"/],
] as const satisfies readonly (readonly [ShardFlags, NodeJS.ProcessEnv, RegExp])[]) {
  test(`refused: ${message.source}`, () => {
    assert.throws(() => shardOf({ plan, ...flags }, env), { code: 'BAD_OPTION', message });
  });
}
