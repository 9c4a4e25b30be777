import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parallelOf } from '../../../../src/cli/session/parallel-shards.ts';

const plan = '20261130T021500Z-1a2b3c4d';

test('--parallel is the number of shards that share the limit; without it there is one', () => {
  assert.equal(parallelOf({ plan }), 1);
  assert.equal(parallelOf({}), 1);
  assert.equal(parallelOf({ plan, parallel: '16' }), 16);
  assert.equal(parallelOf({ plan, parallel: '10000' }), 10_000);
});

for (const parallel of ['0', '10001', '-1', '1.5', '100%', ''])
  test(`--parallel ${JSON.stringify(parallel)} is refused`, () => {
    assert.throws(() => parallelOf({ plan, parallel }), {
      code: 'BAD_OPTION',
      message: `--parallel is ${JSON.stringify(parallel)}; allowed are whole numbers from 1 to 10000.`,
    });
  });

test('--parallel without --plan is refused', () => {
  assert.throws(() => parallelOf({ parallel: '4' }), {
    code: 'BAD_OPTION',
    message: '--parallel needs --plan.',
  });
});
