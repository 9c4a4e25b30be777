import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { hash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { digestsOf } from '../../../../src/digest/md5/digests.ts';
import { Lanes } from '../../../../src/digest/md5/lanes.ts';
import { tryLanes } from '../../../../src/digest/md5/open-lanes.ts';
import { NODE_FLAGS, sourceUrl } from '../../../support/sources.ts';

const bodies = Array.from({ length: 40 }, (_, n) => randomBytes(n * 301));
const expected = bodies.map((body) => hash('md5', body, 'hex'));

/** Runs several calls to their ends, a piece of each in turn. */
function interleave(calls: readonly Generator<void, Buffer[]>[]): string[][] {
  const found: string[][] = calls.map(() => []);
  for (let left = calls.length; left > 0; ) {
    for (const [n, call] of calls.entries()) {
      const { done, value } = call.next();
      if (!done || value === undefined) continue;
      found[n] = value.map((digest) => digest.toString('hex'));
      left--;
    }
  }
  return found;
}

test('without lanes the digests are the same', () => {
  const asked: boolean[] = [];
  const call = digestsOf(bodies, () => {
    asked.push(true);
    return undefined;
  });
  assert.deepEqual(interleave([call]), [expected]);
  assert.deepEqual(asked, [true]);
});

test('a body alone does not ask for lanes', () => {
  const call = digestsOf(bodies.slice(-1), () => assert.fail('asked'));
  assert.deepEqual(interleave([call]), [expected.slice(-1)]);
});

for (const turn of [1, 64, 1000, 20_000]) {
  test(`calls that take turns every ${turn} bytes do not disturb each other, with lanes or without`, () => {
    const lanes = new Lanes();
    const calls = [() => lanes, () => lanes, () => undefined, () => lanes].map((open) =>
      digestsOf(bodies, open, turn),
    );
    assert.deepEqual(
      interleave(calls),
      calls.map(() => expected),
    );
  });
}

test('there are no lanes where there is no WebAssembly', () => {
  const { WebAssembly } = globalThis as { WebAssembly?: unknown };
  Reflect.deleteProperty(globalThis, 'WebAssembly');
  try {
    assert.equal(
      tryLanes(() => new Lanes()),
      undefined,
    );
  } finally {
    Object.assign(globalThis, { WebAssembly });
  }
});

test('a processor without SIMD has the same digests and no lanes', { skip: process.arch !== 'x64' }, () => {
  const program = `
    import { md5Each } from '${sourceUrl('digest/md5/md5-each.ts')}';
    import { openLanes } from '${sourceUrl('digest/md5/open-lanes.ts')}';
    const digests = md5Each(Array.from({ length: 40 }, (_, n) => Buffer.alloc(n * 301, n)));
    process.stdout.write(JSON.stringify([openLanes() === undefined, digests.map((digest) => digest.toString('hex'))]));
  `;
  const flags = ['--no-enable-sse4-1', ...NODE_FLAGS, '--input-type=module', '-e', program];
  const printed = execFileSync(process.execPath, flags, { encoding: 'utf8' });
  const md5s = Array.from({ length: 40 }, (_, n) => hash('md5', Buffer.alloc(n * 301, n), 'hex'));
  assert.deepEqual(JSON.parse(printed), [true, md5s]);
});
