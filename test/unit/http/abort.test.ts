import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { answer, type RawServer, useRawServer } from '../../support/raw-server.ts';
import { get, put, usePool } from './requests.ts';

const OK = answer(200, 'hello');
const ABORTED = { name: 'HttpError', code: 'AbortError' };

/** Resolves as soon as so many connections have a request on them. */
async function arrived(server: RawServer, connections: number): Promise<void> {
  while (server.peers.length < connections) await sleep(1);
  await sleep(20);
}

test('an abort ends the requests that are in flight and those that wait', async (t) => {
  const server = await useRawServer(t, async (peer) => {
    await peer.request();
  });
  const { signal, abort } = controller();
  const pool = usePool(t, server.origin, { limit: 2, signal });
  const requests = [get(), put(Buffer.alloc(32 * 1024 * 1024)), get(), get()].map((request) =>
    pool.request(request),
  );
  const ends = Promise.all(requests.map((request) => assert.rejects(request, ABORTED)));
  await arrived(server, 2);
  abort();
  await ends;
  await Promise.all(server.peers.map(({ closed }) => closed));
  assert.equal(server.peers.length, 2);
});

test('requests with evenIfAborted continue after an abort: in flight, waiting, and sent later', async (t) => {
  const server = await useRawServer(t, async (peer) => {
    for (let request = await peer.request(); request; request = await peer.request()) {
      await sleep(40);
      peer.write(answer(200, request.line));
    }
  });
  const { signal, abort } = controller();
  const pool = usePool(t, server.origin, { limit: 2, signal });
  const unstopped = ['/0', '/1', '/2', '/3'].map((path) => pool.request(get(path), true));
  const others = [pool.request(get()), pool.request(get())];
  const ends = Promise.all(others.map((request) => assert.rejects(request, ABORTED)));
  await arrived(server, 2);
  abort();
  await ends;
  await assert.rejects(pool.request(get()), ABORTED);
  unstopped.push(pool.request(get('/4'), true));
  assert.deepEqual(
    (await Promise.all(unstopped)).map(({ body }) => body.toString().split(' ')[1]),
    ['/0', '/1', '/2', '/3', '/4'],
  );
});

test('a waiting request with evenIfAborted gets a connection when an abort closes the others', async (t) => {
  const server = await useRawServer(t, async (peer) => {
    const request = await peer.request();
    if (request?.line.includes('/unstopped')) peer.write(OK);
  });
  const { signal, abort } = controller();
  const pool = usePool(t, server.origin, { limit: 1, signal });
  const stuck = assert.rejects(pool.request(get('/stuck')), ABORTED);
  const unstopped = pool.request(get('/unstopped'), true);
  await arrived(server, 1);
  abort();
  await stuck;
  assert.equal((await unstopped).status, 200);
});

test('after an abort nothing is sent', async (t) => {
  const server = await useRawServer(t, () => undefined);
  const pool = usePool(t, server.origin, { signal: AbortSignal.abort() });
  await assert.rejects(pool.request(get()), ABORTED);
  await sleep(20);
  assert.equal(server.peers.length, 0);
});

test('an abort while a kept connection is handed from one request to the next ends the next one', async (t) => {
  const server = await useRawServer(t, async (peer) => {
    await peer.request();
    peer.write(OK);
  });
  const { signal, abort } = controller();
  const pool = usePool(t, server.origin, { limit: 1, signal });
  const first = pool.request(get()).then(abort);
  await assert.rejects(pool.request(get()), ABORTED);
  await first;
});

test('closing ends everything, what is sent with evenIfAborted too, and forgets the signal', async (t) => {
  const server = await useRawServer(t, async (peer) => {
    await peer.request();
  });
  const { signal } = controller();
  const pool = usePool(t, server.origin, { limit: 1, signal });
  assert.equal(getEventListeners(signal, 'abort').length, 1);
  const ends = Promise.all(
    [true, false, true].map((evenIfAborted) => assert.rejects(pool.request(get(), evenIfAborted), ABORTED)),
  );
  await arrived(server, 1);
  pool.close();
  pool.close();
  await ends;
  await server.peers[0]?.closed;
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  assert.equal(server.peers.length, 1);
});

function controller() {
  const made = new AbortController();
  return { signal: made.signal, abort: () => made.abort() };
}
