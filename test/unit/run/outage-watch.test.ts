import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silent } from '../../../src/core/logger.ts';
import type { RunEvent } from '../../../src/report/events.ts';
import { OutageWatch } from '../../../src/run/outage-watch.ts';

test('an outage that two processes notice begins once and ends once', () => {
  const events: RunEvent[] = [];
  const progress = { files: 0, failed: 0, bytes: 0, isAway: false };
  const { onOutage } = new OutageWatch({ logger: silent, progress, tell: (event) => events.push(event) });
  onOutage({ isAway: true, reason: 'connection refused' });
  onOutage({ isAway: true, reason: 'time out' });
  onOutage({ isAway: false, seconds: 1.5 });
  assert.equal(progress.isAway, true);
  onOutage({ isAway: false, seconds: 2.123_456 });
  assert.equal(progress.isAway, false);
  assert.deepEqual(events, [
    { event: 'outage_begins', reason: 'connection refused' },
    { event: 'outage_ends', seconds: 2.123 },
  ]);
});
