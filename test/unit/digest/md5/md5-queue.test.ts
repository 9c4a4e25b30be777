import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { Md5Queue } from '../../../../src/digest/md5/md5-queue.ts';
import { Random } from '../../../support/random.ts';

const MIB = 1024 * 1024;
const memory = randomBytes(4 * MIB);

async function assertRight(queue: Md5Queue, bytes: Uint8Array): Promise<void> {
  assert.equal((await queue.digest(bytes)).toString('hex'), hash('md5', bytes, 'hex'));
}

test('every body gets its own MD5, whenever it comes', async (t) => {
  const seed = Date.now() % 2 ** 32;
  t.diagnostic(`seed ${seed}`);
  const random = new Random(seed);
  const queue = new Md5Queue();
  const work: Promise<void>[] = [];
  for (let n = 0; n < 300; n += 1) {
    const length = Math.floor(2 ** (random.fraction() * 18)) - 1;
    const start = random.between(0, memory.length - length);
    work.push(assertRight(queue, memory.subarray(start, start + length)));
    if (random.chance(0.1)) await turn();
    if (random.chance(0.02)) await sleep(1);
    if (random.chance(0.02)) await Promise.all(work);
  }
  await Promise.all(work);
});

test('an empty body has a digest, and each one has memory of its own', async () => {
  const queue = new Md5Queue();
  const digests = await Promise.all([1, 2, 3].map(() => queue.digest(new Uint8Array(0))));
  assert.equal(digests[0]?.toString('hex'), 'd41d8cd98f00b204e9800998ecf8427e');
  digests[0]?.fill(0);
  assert.equal(digests[1]?.toString('hex'), 'd41d8cd98f00b204e9800998ecf8427e');
});

test('bodies that come while others are in work are not forgotten', async () => {
  const queue = new Md5Queue();
  let left = 20;
  const next = async (): Promise<void> => {
    if (left === 0) return;
    left -= 1;
    await assertRight(queue, memory.subarray(left, left + MIB));
    await next();
  };
  await Promise.all([next(), next(), next()]);
  assert.equal(left, 0);
});

test('nothing is worked on before the turn of the event loop is over', async () => {
  const queue = new Md5Queue();
  let isDone = false;
  const work = queue.digest(memory).then(() => {
    isDone = true;
  });
  await Promise.resolve();
  assert.equal(isDone, false);
  await work;
});

test('a body that lost its memory fails, and the queue goes on', async () => {
  const queue = new Md5Queue();
  const bodies = Array.from({ length: 9 }, () => Uint8Array.from(memory));
  const ends = Promise.allSettled(bodies.map((body) => queue.digest(body)));
  await turn();
  structuredClone(bodies[0], { transfer: [(bodies[0] as Uint8Array<ArrayBuffer>).buffer] });
  const [first] = await ends;
  assert.equal(first?.status, 'rejected');
  await assertRight(queue, memory);
});
