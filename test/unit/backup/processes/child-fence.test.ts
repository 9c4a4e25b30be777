import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChildFence } from '../../../../src/backup/processes/child-fence.ts';
import { now } from '../../../../src/core/moment.ts';
import { RunControl } from '../../../../src/flow/run-control.ts';
import { LEASE_TIMES } from '../../../../src/lease/lease-times.ts';

function useFence(t: TestContext, age: number) {
  const control = new RunControl();
  t.after(() => control.close());
  return { control, fence: new ChildFence(ago(age), control) };
}

function ago(ms: number) {
  const { monotonicMs, wallMs } = now();
  return { monotonicMs: monotonicMs - ms, wallMs: wallMs - ms };
}

test('a child process deletes while the last renewal of its parent is fresh', async (t) => {
  const { control, fence } = useFence(t, LEASE_TIMES.freshMs / 2);
  await fence.ready();
  assert.deepEqual([fence.isOpen(), control.failure], [true, undefined]);
});

test('a child process that stood still in the middle of a batch ends the run, and a late renewal changes nothing', async (t) => {
  const { control, fence } = useFence(t, LEASE_TIMES.freshMs + 1);
  assert.equal(fence.isOpen(), false);
  assert.equal(control.failure?.code, 'LEASE_LOST');
  fence.onRenewed(ago(0));
  assert.equal(fence.isOpen(), false);
  await assert.rejects(fence.ready(), { code: 'LEASE_LOST' });
});

test('a machine that slept counts, although its monotonic clock did not go on', (t) => {
  const { fence } = useFence(t, 0);
  const { monotonicMs, wallMs } = now();
  fence.onRenewed({ monotonicMs, wallMs: wallMs - LEASE_TIMES.freshMs - 1 });
  assert.equal(fence.isOpen(), false);
});

test('a child process waits for a renewal before a batch, and for no longer than the run goes on', async (t) => {
  const { fence } = useFence(t, LEASE_TIMES.freshMs + 1);
  const ready = fence.ready();
  await sleep(20);
  fence.onRenewed(ago(0));
  await ready;
  const stopped = useFence(t, LEASE_TIMES.freshMs + 1);
  setTimeout(() => stopped.control.stop(), 20);
  await assert.rejects(stopped.fence.ready(), { code: 'LEASE_LOST' });
});
