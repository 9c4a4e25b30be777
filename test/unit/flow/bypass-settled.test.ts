import assert from 'node:assert/strict';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import chain from 'stream-chain';
import { bypassSettled } from '../../../src/flow/bypass-settled.ts';
import { type Item, pass, type Selected, settle } from '../../../src/flow/item.ts';
import { stage } from '../../../src/flow/stage.ts';

const root = { path: '/nowhere', given: '/nowhere' };
const openItem = (path: string) => pass<Selected>({ root, path, key: path });
const settledItem = (path: string) => settle({ path }, 'unchanged');
const pathOf = (item: Item<Selected>) => (item.settled ? item.settlement.path : item.file.path);

/** Stages that do with each file what the test says, and remember which they were given. */
function stagesThat(work: (file: Selected) => Promise<void> | void, atOnce = 1) {
  const given: string[] = [];
  const first = stage<Selected, Selected>(1, (file) => {
    given.push(file.path);
    return pass(file);
  });
  const second = stage<Selected, never>(atOnce, async (file) => {
    await work(file);
    return settle(file, 'kept');
  });
  return { given, stages: chain([first, second]) };
}

/** What comes out, in its order. */
async function run(items: Iterable<Item<Selected>>, through: ReturnType<typeof stagesThat>['stages']) {
  const out: string[] = [];
  const sink = new Writable({
    objectMode: true,
    write: (item: Item<never>, _encoding, done) => {
      assert(item.settled);
      out.push(`${item.settlement.path} ${item.settlement.fate}`);
      done();
    },
  });
  await pipeline([Readable.from(items), bypassSettled(through), sink]);
  return out;
}

test('the stages are given the open items alone, and everything comes out once', async () => {
  const { given, stages } = stagesThat(() => undefined);
  const items = Array.from({ length: 500 }, (_, n) => (n % 3 === 0 ? openItem(`${n}`) : settledItem(`${n}`)));
  const out = await run(items, stages);
  assert.deepEqual(given, items.filter(({ settled }) => !settled).map(pathOf));
  assert.deepEqual(
    out.sort(),
    items.map((item) => `${pathOf(item)} ${item.settled ? 'unchanged' : 'kept'}`).sort(),
  );
});

test('settled items overtake those that are in work', async () => {
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const { stages } = stagesThat(() => finished);
  const items = function* () {
    yield openItem('a');
    yield settledItem('b');
    yield settledItem('c');
    setImmediate(finish);
  };
  assert.deepEqual(await run(items(), stages), ['b unchanged', 'c unchanged', 'a kept']);
});

test('takes no more than it can hand on, of either kind', async () => {
  for (const make of [openItem, settledItem]) {
    let taken = 0;
    const source = Readable.from(
      (function* () {
        for (; ; taken += 1) yield make(`${taken}`);
      })(),
    );
    const { stages } = stagesThat(() => new Promise(() => undefined));
    const under = bypassSettled(stages) as unknown as NodeJS.ReadWriteStream & { destroy(): void };
    source.pipe(under);
    for (let i = 0; i < 200; i += 1) await turn();
    const before = taken;
    for (let i = 0; i < 200; i += 1) await turn();
    assert.equal(taken, before);
    assert(taken < 200, `${taken} items were taken`);
    source.unpipe(under);
    source.destroy();
  }
});

test('an error in a stage ends the whole', async () => {
  const { stages } = stagesThat(() => {
    throw new Error('a bug');
  });
  await assert.rejects(run([settledItem('a'), openItem('b'), openItem('c')], stages), /a bug/);
  assert(stages.streams.every(({ destroyed }) => destroyed));
});

test('a stage that is closed before its time ends the whole as well', async () => {
  const { stages } = stagesThat(() => {
    stages.destroy();
  });
  await assert.rejects(run([openItem('a'), openItem('b')], stages), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
});

test('destroying the wrapper destroys the stages', async () => {
  const { stages } = stagesThat(() => undefined);
  const under = bypassSettled(stages) as unknown as Readable;
  under.on('error', () => undefined);
  under.destroy(new Error('enough'));
  await turn();
  assert(stages.destroyed);
});
