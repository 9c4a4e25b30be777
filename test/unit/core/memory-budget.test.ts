import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { type Lease, MemoryBudget } from '../../../src/core/memory-budget.ts';

test('never leases more than the budget, and serves every request in the end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(150), { maxLength: 40 }),
      fc.array(fc.nat(), { minLength: 1 }),
      async (wishes, picks) => {
        const budget = new MemoryBudget(100);
        const out: { lease: Lease; bytes: number }[] = [];
        let served = 0;
        for (const bytes of wishes) {
          budget.lease(bytes).then((lease) => {
            served += 1;
            out.push({ lease, bytes: Math.min(bytes, 100) });
          });
        }
        for (let step = 0; served < wishes.length || out.length > 0; step += 1) {
          await turn();
          assert.ok(out.reduce((sum, { bytes }) => sum + bytes, 0) <= 100);
          assert.ok(out.length > 0, 'somebody waits for nobody');
          out.splice((picks[step % picks.length] ?? 0) % out.length, 1)[0]?.lease.release();
        }
      },
    ),
    { numRuns: 50 },
  );
});

test('small requests do not overtake a large one', async () => {
  const budget = new MemoryBudget(100);
  const order: string[] = [];
  const first = await budget.lease(60);
  budget.lease(80).then(() => order.push('large'));
  const small = budget.lease(10).then(() => order.push('small'));
  await turn();
  assert.deepEqual(order, []);
  first.release();
  await small;
  assert.deepEqual(order, ['large', 'small']);
});

test('a request for more than the budget waits until nothing else is leased', async () => {
  const budget = new MemoryBudget(100);
  const first = await budget.lease(1);
  let served = false;
  const large = budget.lease(1e9).then((lease) => {
    served = true;
    return lease;
  });
  await turn();
  assert.equal(served, false);
  first.release();
  (await large).release();
});

test('releasing twice returns the memory once', async () => {
  const budget = new MemoryBudget(100);
  const first = await budget.lease(60);
  await budget.lease(40);
  first.release();
  first.release();
  await budget.lease(60);
  let served = false;
  budget.lease(1).then(() => {
    served = true;
  });
  await turn();
  assert.equal(served, false);
});

test('a lease for 0 bytes resolves at once, even while others wait', async () => {
  const budget = new MemoryBudget(100);
  await budget.lease(100);
  budget.lease(50);
  await budget.lease(0);
});
