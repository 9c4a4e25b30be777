import assert from 'node:assert/strict';
import { it } from 'node:test';
import { LimitShares, type Sharer } from '../../../../src/backup/processes/limit-shares.ts';

class Worker implements Sharer {
  limit: number | undefined;
  load: number;

  constructor(load: number) {
    this.load = load;
  }

  limitTo(bytesPerSecond: number): void {
    this.limit = bytesPerSecond;
  }
}

it('a limit is divided among the processes that have work, and again if it or they change', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let limit = 12_000_000;
  const workers = [new Worker(3), new Worker(1), new Worker(0)];
  const shares = new LimitShares(() => limit, new Set(workers));
  t.after(() => shares.close());
  const limits = () => workers.map((worker) => worker.limit);
  shares.divide();
  assert.deepEqual(limits(), [6_000_000, 6_000_000, undefined]);
  for (const worker of workers) worker.load = 1;
  shares.divide();
  assert.deepEqual(limits(), [4_000_000, 4_000_000, 4_000_000]);
  limit = 3_000_000;
  t.mock.timers.tick(1000);
  assert.deepEqual(limits(), [1_000_000, 1_000_000, 1_000_000]);
  limit = Number.POSITIVE_INFINITY;
  t.mock.timers.tick(1000);
  assert.deepEqual(limits(), [limit, limit, limit]);
});
