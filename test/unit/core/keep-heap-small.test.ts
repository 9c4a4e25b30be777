import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runScript } from '../../support/run-script.ts';

/** Between 16 MiB, where it ends, and the 32 MiB that Node.js 20 allows. */
const MOST = 24 * 2 ** 20;

/** Lets objects outlive many collections, in short turns, and prints the size that the young generation had at most. */
const GARBAGE = `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { Worker } from 'node:worker_threads';
  const { keepHeapSmall } = await load('core/keep-heap-small.ts');
  const { keeps, thread } = args[0];
  if (keeps) keepHeapSmall();
  const young = () => getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size;
  if (thread) {
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
    await new Promise((online) => worker.once('online', online));
  }
  const kept = [];
  let most = 0;
  for (let turn = 0; turn < 2_000; turn += 1) {
    for (let n = 0; n < 2_000; n += 1) kept[(turn % 50) * 2_000 + n] = { n, more: [n, turn] };
    await new Promise((resolve) => setImmediate(resolve));
    most = Math.max(most, young());
  }
  process.stdout.write(String(most));
  process.exit();
`;

async function mostYoungBytes(t: Parameters<typeof runScript>[0], options: object): Promise<number> {
  const { code, stdout, stderr } = await runScript(t, GARBAGE, { args: [options] });
  assert.equal(code, 0, stderr);
  return Number(stdout);
}

for (const thread of [false, true]) {
  test(`the young generation ends its growth early (with a thread: ${thread})`, async (t) => {
    const usual = await mostYoungBytes(t, { keeps: false, thread });
    const small = await mostYoungBytes(t, { keeps: true, thread });
    if (usual <= MOST) return t.skip('this release of Node.js does not enlarge it for the same garbage');
    assert.ok(small <= MOST, `${small} bytes; ${usual} without it`);
  });
}
