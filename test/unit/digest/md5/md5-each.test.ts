import assert from 'node:assert/strict';
import { hash, randomFillSync } from 'node:crypto';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { md5Each, md5EachInTurns } from '../../../../src/digest/md5/md5-each.ts';
import { openLanes } from '../../../../src/digest/md5/open-lanes.ts';
import { Random } from '../../../support/random.ts';

const MIB = 1024 * 1024;
const { MD5_COMPARISONS = '40000', MD5_SEED, MD5_LONG } = process.env;

const pool = randomFillSync(Buffer.alloc(8 * MIB));
const md5Of = (body: Uint8Array) => hash('md5', body, 'hex');
const assertRight = (digests: readonly Buffer[], bodies: readonly Uint8Array[], message?: string) =>
  assert.deepEqual(
    digests.map((digest) => digest.toString('hex')),
    bodies.map(md5Of),
    message,
  );

test('this machine has lanes, so that the other tests are about them', () => {
  assert.ok(openLanes());
});

test("RFC 1321's test suite", () => {
  const suite = {
    '': 'd41d8cd98f00b204e9800998ecf8427e',
    a: '0cc175b9c0f1b6a831c399e269772661',
    abc: '900150983cd24fb0d6963f7d28e17f72',
    'message digest': 'f96b697d7cb7938d525a2f31aaf161d0',
    abcdefghijklmnopqrstuvwxyz: 'c3fcd3d76192e4007dfb496cca67e13b',
    ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789: 'd174ab98d277d9f5a5611c2c9f419d9f',
    '12345678901234567890123456789012345678901234567890123456789012345678901234567890':
      '57edf4a22be3c955ac49da2e2107b67a',
  };
  const digests = md5Each(Object.keys(suite).map((text) => Buffer.from(text)));
  assert.deepEqual(
    digests.map((digest) => digest.toString('hex')),
    Object.values(suite),
  );
});

test('no bodies have no digests', async () => {
  assert.deepEqual(md5Each([]), []);
  assert.deepEqual(await md5EachInTurns([]), []);
});

test('every length from 0 to 300, in one call and in either order', () => {
  const bodies = Array.from({ length: 301 }, (_, length) => pool.subarray(length, 2 * length));
  assertRight(md5Each(bodies), bodies);
  bodies.reverse();
  assertRight(md5Each(bodies), bodies);
});

test('every length around those at which a lane is filled again', () => {
  const lengths = [1, 2, 3].flatMap((fills) =>
    Array.from({ length: 140 }, (_, n) => fills * 16_384 - 70 + n),
  );
  const bodies = lengths.map((length) => pool.subarray(0, length));
  assertRight(md5Each(bodies), bodies);
});

test('as many bodies as there are lanes, fewer and more', () => {
  for (let count = 1; count <= 40; count++) {
    const bodies = Array.from({ length: count }, (_, n) => pool.subarray(n, n + 1000));
    assertRight(md5Each(bodies), bodies, String(count));
  }
});

test(`${MD5_COMPARISONS} random bodies have the MD5s that node:crypto finds`, (t) => {
  const seed = Number(MD5_SEED ?? Date.now() % 2 ** 32);
  t.diagnostic(`MD5_SEED=${seed}`);
  const random = new Random(seed);
  for (let left = Number(MD5_COMPARISONS); left > 0; ) {
    const bodies = Array.from({ length: Math.min(left, random.between(1, 64)) }, () => {
      const length = Math.floor(2 ** (random.fraction() * (random.chance(0.02) ? 18 : 13))) - 1;
      const start = random.between(0, pool.length - length);
      return pool.subarray(start, start + length);
    });
    assertRight(md5Each(bodies), bodies, `MD5_SEED=${seed}`);
    left -= bodies.length;
  }
});

test('bodies in shared memory, of other views than Buffer, and with odd offsets', () => {
  const shared = new SharedArrayBuffer(200_000);
  new Uint8Array(shared).set(pool.subarray(0, 200_000));
  const starts = Array.from({ length: 21 }, (_, n) => 2 * n + 1);
  for (const memory of [shared, pool.buffer]) {
    const bodies = starts.map((start) => new Uint8Array(memory, start, start * 4001));
    assertRight(md5Each(bodies), bodies);
  }
});

test('several calls in turns at once, and calls between their turns', async () => {
  const bodies = [8, 8, 8, 3, 1].map((mib, n) => pool.subarray(n, mib * MIB - n));
  const small = Array.from({ length: 20 }, (_, n) => pool.subarray(n, 5000 + 37 * n));
  let underWay = 4;
  const calls = Array.from({ length: underWay }, async (_, n) => {
    const own = bodies.slice(n).concat(bodies);
    assertRight(await md5EachInTurns(own), own);
    underWay--;
  });
  let between = 0;
  for (; underWay > 0; between++) {
    assertRight(md5Each(small), small);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(calls);
  assert.ok(between > 5, String(between));
});

for (const count of [1, 8]) {
  test(`${count} of 8 MiB in turns let the event loop turn every 4 MiB or so`, async () => {
    const bodies: Uint8Array[] = Array(count).fill(pool);
    let turns = 0;
    let underWay = true;
    const countTurns = () => {
      turns++;
      if (underWay) setImmediate(countTurns);
    };
    setImmediate(countTurns);
    assertRight(await md5EachInTurns(bodies), bodies);
    underWay = false;
    assert.ok(turns >= count, String(turns));
  });
}

for (const count of [1, 8]) {
  test(`a body that is transferred to another thread meanwhile, one of ${count}, rejects the call and no other`, async () => {
    const bodies = Array.from({ length: count }, () => Uint8Array.from(pool));
    const call = md5EachInTurns(bodies);
    const other = md5EachInTurns([pool, pool, pool]);
    structuredClone(bodies[0], { transfer: [(bodies[0] as Uint8Array<ArrayBuffer>).buffer] });
    await assert.rejects(call, TypeError);
    assertRight(await other, [pool, pool, pool]);
  });
}

test('a list that is emptied meanwhile', async () => {
  const bodies = Array(20).fill(pool);
  const call = md5EachInTurns(bodies);
  bodies.length = 0;
  assertRight(await call, Array(20).fill(pool));
});

test('memory does not grow', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const used = () => {
    collect();
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    return arrayBuffers + heapUsed;
  };
  const bodies = Array.from({ length: 40 }, (_, n) => pool.subarray(n, 7000 * n));
  const large: Uint8Array[] = Array(8).fill(pool);
  const round = async () => {
    for (let n = 0; n < 50; n++) md5Each(bodies);
    await Promise.all([md5EachInTurns(large), md5EachInTurns(large)]);
  };
  await round();
  const before = used();
  for (let n = 0; n < 5; n++) await round();
  const grown = used() - before;
  assert.ok(grown < MIB / 2, `${grown} bytes`);
});

test('bodies of 2^32 bits and more', { skip: MD5_LONG === undefined && 'MD5_LONG is not set' }, async () => {
  const long = Buffer.alloc(2 ** 29 + 100, 'abcdefghijk');
  const bodies = [-1, 0, 1, 50, 56, 64].map((more) => long.subarray(0, 2 ** 29 + more));
  assertRight(await md5EachInTurns(bodies), bodies);
});
