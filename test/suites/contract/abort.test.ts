import assert from 'node:assert/strict';
import { contract } from './support/contract.ts';
import { bytesOfLength, useContent, useSource } from './support/source.ts';
import { PART } from './support/target.ts';
import { assertNothingLeft, keysIn, storeErrorOf } from './support/truth.ts';

contract('an abort in the middle of the parts leaves nothing behind', {}, async ({ t, target, store }) => {
  const stop = new AbortController();
  let read = 0;
  const onRead = (bytes: number) => {
    read += bytes;
    // With room for four parts some of these have been sent by then, and others are under way.
    if (read >= 5 * PART) stop.abort();
  };
  const { content } = await useSource(t, bytesOfLength(6 * PART), { memory: 4 * PART, onRead });
  const upload = store({ signal: stop.signal }).upload('key', content);
  assert.equal((await storeErrorOf(upload)).code, 'AbortError');
  await assertNothingLeft(target);
});

contract(
  'an abort ends a part that is not answered, and its upload is removed',
  {
    embeddedOnly: 'a real store answers',
  },
  async ({ t, target, store }) => {
    const stop = new AbortController();
    target.server?.faults.plan({ operation: 'UploadPart', do: { kind: 'call', run: () => stop.abort() } });
    target.server?.faults.plan({ operation: 'UploadPart', times: 2, do: { kind: 'stall' } });
    const upload = store({ signal: stop.signal }).upload('key', await useContent(t, bytesOfLength(PART + 1)));
    const { code, attempts } = await storeErrorOf(upload);
    assert.deepEqual([code, attempts], ['AbortError', 1]);
    await assertNothingLeft(target);
    assert.equal(target.server?.requests.of('AbortMultipartUpload').length, 1);
  },
);

contract(
  'an abort ends requests that are not answered',
  { embeddedOnly: 'a real store answers' },
  async (bench) => {
    const { t, target, store } = bench;
    const stop = new AbortController();
    target.server?.faults.plan({ operation: '*', times: 3, do: { kind: 'stall' } });
    const stopped = store({ signal: stop.signal });
    const calls = [
      stopped.upload('key', await useContent(t, 'content')),
      stopped.head({ key: 'key' }),
      stopped.listPage({ prefix: '' }),
    ];
    // All of them have arrived, so that no fault is left for the requests of this test.
    const timer = setInterval(() => {
      if ((target.server?.requests.length ?? 0) >= calls.length) stop.abort();
    }, 5);
    t.after(() => clearInterval(timer));
    const codes = await Promise.all(calls.map(async (call) => (await storeErrorOf(call)).code));
    assert.deepEqual(codes, ['AbortError', 'AbortError', 'AbortError']);
    assert.deepEqual(await keysIn(target), []);
  },
);

contract('after an abort nothing is sent any more', {}, async ({ t, target, store }) => {
  const stopped = store({ signal: AbortSignal.abort() });
  for (const size of [10, PART + 10]) {
    const upload = stopped.upload('key', await useContent(t, bytesOfLength(size)));
    assert.equal((await storeErrorOf(upload)).code, 'AbortError');
  }
  assert.equal((await storeErrorOf(stopped.head({ key: 'key' }))).code, 'AbortError');
  assert.equal((await storeErrorOf(stopped.listPage({ prefix: '' }))).code, 'AbortError');
  assert.deepEqual(target.server?.requests ?? [], []);
  await assertNothingLeft(target);
});

contract(
  'an abort ends the wait before another try',
  { embeddedOnly: 'a real store does not fail on purpose' },
  async (bench) => {
    const { t, target, store } = bench;
    const stop = new AbortController();
    const busy = { kind: 'error', status: 503, code: 'SlowDown', headers: { 'retry-after': '20' } } as const;
    // By then the answer has come, and the wait has begun.
    const run = () => void setTimeout(() => stop.abort(), 100);
    target.server?.faults.plan({ operation: 'PutObject', do: { kind: 'call', run } });
    target.server?.faults.plan({ operation: 'PutObject', do: busy });
    const upload = store({ signal: stop.signal }).upload('key', await useContent(t, 'content'));
    const started = performance.now();
    assert.equal((await storeErrorOf(upload)).code, 'AbortError');
    assert.ok(performance.now() - started < 15_000);
  },
);
