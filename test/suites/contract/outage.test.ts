import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreOptions } from '../../../src/s3/store.ts';
import { type FaultyProxy, useFaultyProxy } from '../../support/faulty-proxy.ts';
import { type Bench, contract } from './support/contract.ts';
import { useContent } from './support/source.ts';
import { md5Of, outcomeOf, storeErrorOf } from './support/truth.ts';

const EMBEDDED = { embeddedOnly: 'a real store is not to be cut off' };

/** A store that is reached through a network which can be cut, and what it told of that. */
async function useCuttable({ t, target, store }: Bench, more: Partial<StoreOptions> = {}) {
  assert.ok(target.server);
  const proxy: FaultyProxy = await useFaultyProxy(t, target.server);
  const news: boolean[] = [];
  const onOutage = ({ isAway }: { readonly isAway: boolean }) => news.push(isAway);
  const options = { endpointUrl: proxy.url, maxAttempts: 2, maxOutageSeconds: 60, onOutage, ...more };
  return { proxy, news, store: store(options), server: target.server };
}

contract(
  'requests wait while the endpoint is away, for longer than all their tries would last',
  EMBEDDED,
  async (bench) => {
    const { proxy, store, news } = await useCuttable(bench);
    await store.upload('before', await useContent(bench.t, 'some bytes'));
    await proxy.close();
    const contents = await Promise.all([1, 2, 3].map(() => useContent(bench.t, 'some bytes')));
    const uploads = contents.map((content, at) => store.upload(`key ${at}`, content));
    while (news.length === 0) await sleep(5);
    await proxy.open();
    for (const { etag, attempts } of await Promise.all(uploads)) {
      assert.equal(etag, md5Of('some bytes'));
      // One may have been sent over a connection that was closed before.
      assert.ok(attempts <= 2, String(attempts));
    }
    assert.deepEqual(news, [true, false]);
  },
);

contract('an endpoint that answers with an error to everybody is away, too', EMBEDDED, async (bench) => {
  const { server, store, news } = await useCuttable(bench);
  await store.upload('key', await useContent(bench.t, 'some bytes'));
  const do503 = { kind: 'error', status: 503, code: 'ServiceUnavailable' } as const;
  const fault = server.faults.plan({ operation: '*', times: Number.POSITIVE_INFINITY, do: do503 });
  const head = store.head({ key: 'key' });
  while (news.length === 0) await sleep(5);
  fault.cancel();
  assert.equal((await head).size, 10);
  assert.deepEqual(news, [true, false]);
});

contract('an endpoint that stays away is lost once and for all', EMBEDDED, async (bench) => {
  const { proxy, store, news } = await useCuttable(bench, { maxOutageSeconds: 2 });
  await store.upload('key', await useContent(bench.t, 'some bytes'));
  proxy.cut();
  const before = proxy.connections;
  const requests = ['a', 'b', 'c'].map((key) => outcomeOf(store.head({ key })));
  assert.deepEqual(await Promise.all(requests), Array(3).fill('no answer EndpointLost'));
  proxy.restore();
  assert.equal(await outcomeOf(store.head({ key: 'key' })), 'no answer EndpointLost');
  const asked = proxy.connections - before;
  assert.ok(asked <= 12, String(asked));
  assert.deepEqual(news, [true]);
});

contract('an endpoint that was never there is not waited for', EMBEDDED, async (bench) => {
  const { proxy, store, news } = await useCuttable(bench);
  await proxy.close();
  const { code, attempts } = await storeErrorOf(store.head({ key: 'key' }));
  assert.deepEqual([code, attempts, news], ['ECONNREFUSED', 2, []]);
});

contract('one that is known to be there is waited for from the first request', EMBEDDED, async (bench) => {
  const { proxy, store, news } = await useCuttable(bench, { isReached: true });
  await proxy.close();
  const listing = store.listPage({ prefix: '' });
  while (news.length === 0) await sleep(5);
  await proxy.open();
  assert.deepEqual((await listing).objects, []);
});

contract(
  'a request that fails while the endpoint answers others has failed by itself',
  EMBEDDED,
  async (bench) => {
    const { server, store, news } = await useCuttable(bench, { maxAttempts: 3 });
    await store.upload('key', await useContent(bench.t, 'some bytes'));
    const plan = {
      operation: 'PutObject',
      key: 'bad',
      times: 9,
      do: { kind: 'reset', afterBytes: 0 },
    } as const;
    server.faults.plan(plan);
    const { attempts } = await storeErrorOf(store.upload('bad', await useContent(bench.t, 'some bytes')));
    assert.deepEqual([attempts, news], [3, []]);
  },
);

contract('an abort ends the wait at once', EMBEDDED, async (bench) => {
  const made = new AbortController();
  const { proxy, store, news } = await useCuttable(bench, { signal: made.signal });
  await store.upload('key', await useContent(bench.t, 'some bytes'));
  await proxy.close();
  const ends = ['a', 'b'].map((key) => outcomeOf(store.head({ key })));
  while (news.length === 0) await sleep(5);
  made.abort();
  for (const outcome of await Promise.all(ends)) assert.match(outcome, /AbortError|ECONNREFUSED/);
});
