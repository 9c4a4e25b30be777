import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortTime } from '../../../../src/cli/output/short-time.ts';

const TIMES: Readonly<Record<string, number>> = {
  '1s': 0.2,
  '45s': 45.4,
  '1m': 59.7,
  '1m5s': 65,
  '9m59s': 599.4,
  '10m': 600,
  '28m': 1690,
  '1h': 3599,
  '3h12m': 11_530,
  '1d': 86_390,
  '2d4h': 187_000,
};

for (const [text, seconds] of Object.entries(TIMES))
  test(`${seconds} seconds are written as ${text}`, () => {
    assert.equal(shortTime(seconds), text);
  });
