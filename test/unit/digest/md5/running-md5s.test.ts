import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { RunningMd5 } from '../../../../src/digest/md5/running-md5.ts';
import { PIECE_BYTES, RunningMd5s } from '../../../../src/digest/md5/running-md5s.ts';
import { Random } from '../../../support/random.ts';

const MIB = 1024 * 1024;
const BLOCK = 64;
const content = randomBytes(8 * MIB);

/** Memory that is lent piece by piece, so that a piece that is used again too early shows as a wrong MD5. */
class Memory {
  readonly md5s: RunningMd5s;
  readonly #free: Buffer[];

  constructor(md5s: RunningMd5s) {
    this.md5s = md5s;
    this.#free = [...md5s.pieces];
  }

  get isFree(): boolean {
    return this.#free.length > 0;
  }

  /** Adds bytes; their piece is overwritten as soon as it is done. */
  add(md5: RunningMd5, bytes: Uint8Array): void {
    const piece = this.#free.pop() as Buffer;
    piece.set(bytes);
    md5.add(piece.subarray(0, bytes.length), () => {
      piece.fill(1);
      this.#free.push(piece);
    });
  }
}

const WAYS = {
  lanes: (count: number) => new RunningMd5s(count),
  'node:crypto': (count: number) => new RunningMd5s(count, () => undefined),
} as const;

for (const [name, md5sOf] of Object.entries(WAYS)) {
  test(`bodies that come in any order, some bytes of them twice, have their MD5s (${name})`, async (t) => {
    const seed = Date.now() % 2 ** 32;
    t.diagnostic(`seed ${seed}`);
    const random = new Random(seed);
    const memory = new Memory(md5sOf(24));
    const under: { body: Uint8Array; md5: RunningMd5; at: number; marked: number }[] = [];
    for (let begun = 0; begun < 60 || under.length > 0; ) {
      if (begun < 60 && under.length < 12) {
        const length = Math.floor(random.fraction() ** 3 * 3 * MIB);
        const start = random.between(0, content.length - length);
        const body = content.subarray(start, start + length);
        under.push({ body, md5: memory.md5s.begin(), at: 0, marked: 0 });
        begun += 1;
      }
      const index = random.between(0, under.length - 1);
      const one = under[index] as (typeof under)[number];
      while (!memory.isFree) {
        for (const { md5 } of under) md5.flush();
        await turn();
      }
      if (random.chance(0.05)) {
        memory.add(one.md5, content.subarray(0, BLOCK * random.between(0, 4096)));
        one.md5.rewind();
        one.at = one.marked;
      }
      const blocks = random.chance(0.5) ? PIECE_BYTES / BLOCK : random.between(1, PIECE_BYTES / BLOCK);
      while (!memory.isFree) {
        for (const { md5 } of under) md5.flush();
        await turn();
      }
      memory.add(one.md5, one.body.subarray(one.at, one.at + blocks * BLOCK));
      one.at = Math.min(one.body.length, one.at + blocks * BLOCK);
      if (one.at === one.body.length || random.chance(0.1)) {
        one.md5.flush();
        await turn();
        if (one.at === one.body.length) {
          under.splice(index, 1);
          assert.equal(one.md5.digest().toString('hex'), hash('md5', one.body, 'hex'));
        } else {
          one.md5.mark();
          one.marked = one.at;
        }
      }
    }
  });
}

test('a piece of each of eight bodies is hashed at once, fewer wait for others, two of one body for a turn', async () => {
  const memory = new Memory(new RunningMd5s(16));
  const bodies = Array.from({ length: 8 }, () => memory.md5s.begin());
  const done: number[] = [];
  const [first] = bodies;
  for (const [n, md5] of bodies.entries()) {
    assert.equal(done.length, 0);
    md5.add(memory.md5s.pieces[n] as Buffer, () => done.push(n));
  }
  assert.equal(done.length, 8);
  first?.add(memory.md5s.pieces[0] as Buffer, () => done.push(0));
  await turn();
  assert.equal(done.length, 8);
  first?.add(memory.md5s.pieces[1] as Buffer, () => done.push(1));
  assert.equal(done.length, 8);
  await turn();
  await turn();
  assert.ok(done.length > 8);
});

test('bodies of any length around the ends of blocks and pieces have their MD5s', async () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, PIECE_BYTES - 1, PIECE_BYTES]) {
    const memory = new Memory(new RunningMd5s(2));
    const md5 = memory.md5s.begin();
    memory.add(md5, content.subarray(0, length));
    md5.flush();
    await turn();
    assert.equal(md5.digest().toString('hex'), hash('md5', content.subarray(0, length), 'hex'), `${length}`);
  }
});
