import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { BufferPool, type PooledBytes } from '../../../src/core/buffer-pool.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Where bytes lie: no two loans may share any. */
function overlaps(one: Buffer, other: Buffer): boolean {
  if (one.buffer !== other.buffer || one.length === 0 || other.length === 0) return false;
  return one.byteOffset < other.byteOffset + other.length && other.byteOffset < one.byteOffset + one.length;
}

const sizes = fc.oneof(
  fc.nat(20 * KIB),
  fc.constantFrom(0, 1, 4 * KIB, 4 * KIB + 1, 64 * KIB, MIB - 1, MIB, MIB + 1, 2 * MIB, 3 * MIB + 7),
);

test('never leases the same bytes twice at one time, nor more than the budget, and serves every request', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(sizes, { minLength: 1, maxLength: 4 }), { maxLength: 30 }),
      fc.array(fc.nat(), { minLength: 1 }),
      async (wishes, picks) => {
        const limit = 4 * MIB;
        const pool = new BufferPool(limit);
        const out: (PooledBytes & { readonly share: number })[] = [];
        let served = 0;
        for (const wish of wishes) {
          pool.leaseEach(wish).then((group) => {
            assert.deepEqual(
              group.map(({ bytes }) => bytes.length),
              wish,
            );
            served += 1;
            for (const [index, { bytes }] of group.entries()) {
              const others = [...out, ...group.slice(0, index)];
              assert.ok(!others.some((other) => overlaps(bytes, other.bytes)), 'lent twice');
            }
            // Who wants more than there is has all of it.
            let left = limit;
            for (const one of group) {
              const share = Math.min(one.bytes.length, left);
              left -= share;
              out.push({ ...one, share });
            }
          });
        }
        for (let step = 0; served < wishes.length || out.length > 0; step += 1) {
          await turn();
          const lent = out.reduce((sum, { share }) => sum + share, 0);
          assert.ok(lent <= limit, String(lent));
          assert.ok(out.length > 0, 'somebody waits for nobody');
          const [loan] = out.splice((picks[step % picks.length] ?? 0) % out.length, 1);
          loan?.release();
          loan?.release();
        }
      },
    ),
    { numRuns: 50 },
  );
});

test('bytes in one lease stay unchanged until it is released', async () => {
  const pool = new BufferPool(64 * KIB);
  for (let round = 0; round < 50; round += 1) {
    const loans = await pool.leaseEach(
      Array.from({ length: 8 }, (_, n) => 1 + ((n * 977 + round * 131) % (8 * KIB))),
    );
    for (const [n, { bytes }] of loans.entries()) bytes.fill(n);
    for (const [n, { bytes }] of loans.entries()) assert.ok(bytes.every((byte) => byte === n));
    for (const { release } of loans) release();
  }
});

test('memory is used again', async () => {
  const pool = new BufferPool(32 * MIB);
  for (const size of [1, 4 * KIB, 100_000, MIB, 5 * MIB]) {
    const seen = new Set<ArrayBufferLike>();
    for (let round = 0; round < 20; round += 1) {
      const loans = await pool.leaseEach([size, size]);
      for (const { bytes, release } of loans) {
        seen.add(bytes.buffer);
        release();
      }
    }
    assert.ok(seen.size <= 2, `${size}: ${seen.size}`);
  }
});

test('reused memory has the requested length', async () => {
  const pool = new BufferPool(MIB);
  const first = await pool.lease(6000);
  first.release();
  const second = await pool.lease(5000);
  assert.equal(second.bytes.buffer, first.bytes.buffer);
  assert.equal(second.bytes.length, 5000);
});

test('free memory never exceeds the budget', async () => {
  const limit = 8 * MIB;
  const pool = new BufferPool(limit);
  const seen = new Set<ArrayBufferLike>();
  for (const size of [8 * MIB, 4 * MIB, 2 * MIB, MIB, 64 * KIB, 4 * KIB, 8 * MIB]) {
    const loans = await pool.leaseEach(Array(Math.floor(limit / size)).fill(size));
    for (const { bytes } of loans) seen.add(bytes.buffer);
    for (const { release } of loans) release();
  }
  // Whatever is kept now can be had only once: 4 KiB at a time, it is no more than the limit and what is new.
  const known = new Set(seen);
  let kept = 0;
  for (const size of [8 * MIB, 4 * MIB, 2 * MIB, MIB, 64 * KIB, 4 * KIB]) {
    const loans = await pool.leaseEach(Array(Math.floor(limit / size)).fill(size));
    for (const { bytes } of loans) if (known.delete(bytes.buffer)) kept += bytes.buffer.byteLength;
    for (const { release } of loans) release();
  }
  assert.ok(kept <= limit, String(kept));
});

test('a lease above the budget is granted as a whole when nothing else is leased, and is not kept', async () => {
  const pool = new BufferPool(10 * KIB);
  const small = await pool.lease(1);
  let isServed = false;
  const wish = pool.lease(3 * MIB).then((loan) => {
    isServed = true;
    return loan;
  });
  await turn();
  assert.equal(isServed, false);
  small.release();
  const large = await wish;
  assert.equal(large.bytes.length, 3 * MIB);
  large.release();
  const again = await pool.lease(3 * MIB);
  assert.notEqual(again.bytes.buffer, large.bytes.buffer);
});

test('a lease of 0 bytes is free, and releasing twice returns the memory once', async () => {
  const pool = new BufferPool(10);
  const reserved = await pool.lease(10);
  const empty = await pool.lease(0);
  assert.equal(empty.bytes.length, 0);
  empty.release();
  let isServed = false;
  const wish = pool.lease(1).then(() => {
    isServed = true;
  });
  await turn();
  assert.equal(isServed, false);
  reserved.release();
  reserved.release();
  await wish;
  assert.equal(pool.size, 10);
});

test('large memory can be shared with another thread', async () => {
  const pool = new BufferPool(8 * MIB);
  for (const size of [MIB, MIB + 1, 3 * MIB]) {
    const { bytes, release } = await pool.lease(size);
    assert.ok(bytes.buffer instanceof SharedArrayBuffer, String(size));
    release();
  }
});
