import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { type Item, pass, settle } from '../../../src/flow/item.ts';
import { type Stage, stage } from '../../../src/flow/stage.ts';
import { collect, openOf, settledOf, through } from '../../support/stages.ts';

/** Works that are ended by the test. */
class Bench {
  readonly #waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  begun = 0;
  most = 0;

  readonly work = async (n: number): Promise<Item<number>> => {
    this.begun += 1;
    await new Promise<void>((resolve, reject) => {
      this.#waiting.set(n, { resolve, reject });
      this.most = Math.max(this.most, this.#waiting.size);
    });
    return pass(n);
  };

  get inWork(): number[] {
    return [...this.#waiting.keys()];
  }

  finish(n: number): void {
    this.#waiting.get(n)?.resolve();
    this.#waiting.delete(n);
  }

  fail(n: number, error: Error): void {
    this.#waiting.get(n)?.reject(error);
    this.#waiting.delete(n);
  }
}

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await turn();
}

function numbers(count: number): Item<number>[] {
  return Array.from({ length: count }, (_, n) => pass(n));
}

function write<A, B>(to: Stage<A, B>, items: Iterable<Item<A>>): void {
  const source = Readable.from(items);
  source.on('error', () => undefined);
  source.pipe(to as unknown as NodeJS.WritableStream);
}

test('works on as many files at once as allowed, and on no more', async () => {
  const bench = new Bench();
  const under = stage(3, bench.work);
  write(under, numbers(20));
  const all = collect<number>(under);
  for (let done = 0; done < 20; done += 1) {
    await settled();
    assert.equal(bench.inWork.length, Math.min(3, 20 - done));
    bench.finish(bench.inWork[0] ?? -1);
  }
  assert.deepEqual(
    openOf(await all),
    Array.from({ length: 20 }, (_, n) => n),
  );
  assert.equal(bench.most, 3);
});

test('hands a file on as soon as it is done, whatever the order', async () => {
  const bench = new Bench();
  const under = stage(3, bench.work);
  write(under, numbers(3));
  const all = collect<number>(under);
  await settled();
  for (const n of [2, 0, 1]) {
    bench.finish(n);
    await settled();
  }
  assert.deepEqual(openOf(await all), [2, 0, 1]);
});

test('keeps the order with a concurrency of 1', async () => {
  const items = await through<number>(
    stage(1, async (n: number) => {
      await sleep(n % 2);
      return pass(n);
    }),
    numbers(30),
  );
  assert.deepEqual(
    openOf(items),
    Array.from({ length: 30 }, (_, n) => n),
  );
});

test('a reader that stalls limits the items inside', async () => {
  for (const concurrency of [1, 4]) {
    let taken = 0;
    const under = stage(concurrency, async (n: number) => pass(n));
    const source = Readable.from(
      (function* () {
        for (const item of numbers(500)) {
          taken += 1;
          yield item;
        }
      })(),
      { highWaterMark: 1 },
    );
    source.pipe(under as unknown as NodeJS.WritableStream);
    await settled();
    await settled();
    // What the source and the stage's own input buffer hold comes on top of what is inside.
    assert.ok(taken <= concurrency + 4, `${taken} taken with a concurrency of ${concurrency}`);
    assert.equal(openOf(await collect<number>(under)).length, 500);
  }
});

test('a reader that stalls is not handed settled items without end, either', async () => {
  let taken = 0;
  const under = stage(4, (n: number): Item<number> => pass(n));
  const source = Readable.from(
    (function* () {
      for (let n = 0; n < 500; n += 1) {
        taken += 1;
        yield settle({ path: `${n}` }, 'skipped');
      }
    })(),
    { highWaterMark: 1 },
  );
  source.pipe(under as unknown as NodeJS.WritableStream);
  await settled();
  assert.ok(taken <= 8, `${taken} taken`);
  assert.equal((await collect(under)).length, 500);
});

test('settled items pass by untouched and are not worked on', async () => {
  const worked: number[] = [];
  const given = settle({ path: 'done' }, 'skipped', { code: 'EXCLUDED', reason: 'why not' });
  const items = await through<number>(
    stage(2, (n: number) => {
      worked.push(n);
      return pass(n);
    }),
    [pass(1), given, pass(2)],
  );
  assert.deepEqual(worked, [1, 2]);
  assert.ok(items.includes(given));
  assert.equal(items.length, 3);
});

test('settled items overtake files in work', async () => {
  const bench = new Bench();
  const under = stage(2, bench.work);
  write(under, [pass(1), settle({ path: 'done' }, 'skipped')]);
  const all = collect<number>(under);
  await settled();
  bench.finish(1);
  assert.deepEqual(
    (await all).map((item) => item.settled),
    [true, false],
  );
});

test('an error of the work destroys the stage, but only after the others in work are done', async () => {
  const bench = new Bench();
  const flushed: string[] = [];
  const under = stage(3, bench.work, { flush: async () => void flushed.push('flushed') });
  const ended: string[] = [];
  const run = pipeline(
    Readable.from(numbers(10)),
    under as unknown as NodeJS.ReadWriteStream,
    async (items) => {
      for await (const _ of items);
    },
  ).catch((error: Error) => void ended.push(error.message));
  under.on('close', () => ended.push('closed'));
  await settled();
  bench.fail(1, new Error('a bug'));
  await settled();
  assert.ok(!ended.includes('closed'));
  bench.finish(0);
  await settled();
  assert.ok(!ended.includes('closed'));
  bench.finish(2);
  await run;
  await settled();
  assert.deepEqual([...ended].sort(), ['a bug', 'closed']);
  assert.equal(bench.begun, 3);
  assert.deepEqual(flushed, []);
});

for (const concurrency of [1, 3]) {
  test(`flush does not run after an error in the last file, ${concurrency} at once`, async () => {
    let flushed = 0;
    const under = stage(
      concurrency,
      async (n: number) => {
        await sleep(5);
        if (n === 2) throw new Error('a bug');
        return pass(n);
      },
      {
        flush: async () => {
          flushed += 1;
        },
      },
    );
    await assert.rejects(through(under, numbers(3)), { message: 'a bug' });
    await sleep(10);
    assert.equal(flushed, 0);
  });
}

test('what is thrown without being an Error ends the stage with an Error', async () => {
  const under = stage(1, () => Promise.reject('just text'));
  await assert.rejects(through(under, numbers(1)), { message: 'just text' });
});

test('flush runs once, after every file is done, and before the end', async () => {
  const events: string[] = [];
  const under = stage(
    4,
    async (n: number) => {
      await sleep(5 - n);
      events.push(`done ${n}`);
      return pass(n);
    },
    {
      flush: async () => {
        await sleep(2);
        events.push('flushed');
      },
    },
  );
  write(under, numbers(5));
  await collect(under);
  events.push('ended');
  assert.deepEqual(
    events.slice(0, 5).sort(),
    [0, 1, 2, 3, 4].map((n) => `done ${n}`),
  );
  assert.deepEqual(events.slice(5), ['flushed', 'ended']);
});

test('an error of flush is the error of the stage', async () => {
  const under = stage(1, (n: number) => pass(n), { flush: () => Promise.reject(new Error('flush failed')) });
  await assert.rejects(through(under, numbers(2)), { message: 'flush failed' });
});

test('an empty input ends, and is flushed', async () => {
  let flushed = 0;
  const items = await through(
    stage(4, (n: number) => pass(n), {
      flush: async () => {
        flushed += 1;
      },
    }),
    [],
  );
  assert.deepEqual([items, flushed], [[], 1]);
});

test('onLast runs when no more files come, while files are in work', async () => {
  const bench = new Bench();
  const under = stage(3, bench.work, { onLast: () => bench.finish(0) });
  const all = through(under, numbers(1));
  await settled();
  assert.equal((await all).length, 1);
});

test('destroying it from outside waits for the files in work', async () => {
  const bench = new Bench();
  const under = stage(2, bench.work) as unknown as Readable;
  write(under as unknown as Stage<number, number>, numbers(5));
  await settled();
  let closed = false;
  under.on('close', () => {
    closed = true;
  });
  under.destroy();
  await settled();
  assert.equal(closed, false);
  for (const n of bench.inWork) bench.finish(n);
  await settled();
  assert.equal(closed, true);
});

test('a hundred thousand items do not overflow the stack', async () => {
  const items = await through<number>(
    stage(16, (n: number): Item<number> => (n % 3 === 0 ? settle({ path: `${n}` }, 'skipped') : pass(n))),
    numbers(100_000),
  );
  assert.equal(openOf(items).length + settledOf(items).length, 100_000);
});

test('tells a limit how many files are in work', async () => {
  const seen: number[] = [];
  const limit = { current: 2, onInWork: (files: number) => seen.push(files) };
  const under = stage(limit, async (n: number) => {
    await turn();
    return pass(n);
  });
  assert.equal((await through(under, numbers(3))).length, 3);
  assert.deepEqual([Math.max(...seen), seen.at(-1), seen.length], [2, 0, 6]);
});
