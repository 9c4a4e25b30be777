import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShardsMissing, shardList } from '../../../src/plans/shards-missing.ts';

test('missing shards are listed as job arrays take them', () => {
  assert.equal(shardList([]), '');
  assert.equal(shardList([0]), '0');
  assert.equal(shardList([3, 7, 8, 9, 11, 12]), '3,7-9,11-12');
});

test('the message names the missing shards, of many the first, and the error all of them', () => {
  const odd = Array.from({ length: 500 }, (_, n) => 2 * n + 1);
  const { message, shards } = new ShardsMissing('20261130T021500Z-1a2b3c4d', odd, 1_000);
  assert.match(
    message,
    /^Of the 1000 shards of plan 20261130T021500Z-1a2b3c4d, 500 have not ended: 1,3,5,[\d,]+,\.\.\.$/,
  );
  assert.ok(message.length < 300);
  assert.equal(shards, odd);
});
