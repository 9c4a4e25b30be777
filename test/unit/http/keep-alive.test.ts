import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpRequest } from '../../../src/http/connection.ts';
import { HttpError } from '../../../src/http/http-error.ts';
import { answer, type Peer, useRawServer } from '../../support/raw-server.ts';
import { get, put, usePool } from './requests.ts';

const MIB = 1024 * 1024;
const OK = answer(200, 'hello');

/** Answers, and whether the connection may be used again after them. */
const ANSWERS: readonly (readonly [string, string, boolean, HttpRequest['method']?])[] = [
  ['has a length', OK, true],
  ['is empty', answer(200), true],
  ['is in chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n', true],
  ['is a 204', 'HTTP/1.1 204 No Content\r\n\r\n', true],
  ['is a 304 with a length', 'HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n', true],
  ['is to HEAD', 'HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n', true, 'HEAD'],
  ['is a refusal', answer(404, '<Error/>'), true],
  [
    'is HTTP/1.0 that keeps alive',
    OK.replace('1.1', '1.0').replace('\r\n', '\r\nConnection: Keep-Alive\r\n'),
    true,
  ],
  ['is HTTP/1.0', OK.replace('1.1', '1.0'), false],
  ['says Connection: close', answer(200, 'x', { Connection: 'Close' }), false],
  ['has more bytes than it says', `${OK}!`, false],
  ['is two answers', OK + OK, false],
];

for (const [what, text, isKept, method = 'GET'] of ANSWERS) {
  test(`a connection is ${isKept ? 'kept' : 'closed'} when the answer ${what}`, async (t) => {
    const server = await useRawServer(t, async (peer) => {
      while (await peer.request()) peer.write(text);
    });
    const pool = usePool(t, server.origin, { limit: 1 });
    for (let round = 0; round < 3; round += 1) await pool.request(get('/', method));
    assert.equal(server.peers.length, isKept ? 1 : 3);
  });
}

test('a body without a length ends with its connection, which is not used again', async (t) => {
  const server = await useRawServer(t, async (peer) => {
    await peer.request();
    await peer.trickle('HTTP/1.1 200 OK\r\n\r\nhello', 5);
    peer.end();
  });
  const pool = usePool(t, server.origin, { limit: 1 });
  for (let round = 0; round < 2; round += 1)
    assert.equal((await pool.request(get())).body.toString(), 'hello');
  assert.equal(server.peers.length, 2);
});

test('bytes that nobody asked for close the connection, and are no answer to the next request', async (t) => {
  const server = await useRawServer(t, async (peer) => {
    await peer.request();
    peer.write(OK);
    if (peer.number > 0) return;
    await sleep(20);
    peer.write(answer(200, 'not yours'));
  });
  const pool = usePool(t, server.origin, { limit: 1 });
  await pool.request(get());
  await server.peers[0]?.closed;
  assert.equal((await pool.request(get())).body.toString(), 'hello');
});

test('an idle connection that was closed is not used again', async (t) => {
  const server = await useRawServer(t, async (peer) => {
    await peer.request();
    peer.write(OK);
    await sleep(10);
    peer.end();
  });
  const pool = usePool(t, server.origin, { limit: 1 });
  await pool.request(get());
  await server.peers[0]?.closed;
  assert.equal((await pool.request(get())).status, 200);
});

for (const end of ['end', 'reset'] as const) {
  test(`a kept connection that is closed under a request (${end}) is called stale`, async (t) => {
    const server = await useRawServer(t, async (peer) => {
      await peer.request();
      peer.write(OK);
      await peer.request();
      peer[end]();
    });
    const pool = usePool(t, server.origin);
    await pool.request(get());
    await assert.rejects(pool.request(get()), { name: 'HttpError', code: 'ECONNRESET', stale: true });
  });
}

test('a kept connection that is cut within an answer is not called stale', async (t) => {
  const server = await useRawServer(t, async (peer) => {
    await peer.request();
    peer.write(OK);
    await peer.request();
    peer.write('HTTP/1.1 5');
    peer.end();
  });
  const pool = usePool(t, server.origin);
  await pool.request(get());
  await assert.rejects(pool.request(get()), (error) => error instanceof HttpError && !error.stale);
});

/** What a server does after it has refused a body that it has not read. */
const REFUSALS: Readonly<Record<string, (peer: Peer) => void>> = {
  'reads on': (peer) => peer.socket.resume(),
  'reads no more': () => undefined,
  'says that it sends no more': (peer) => peer.end(),
};

for (const [what, then] of Object.entries(REFUSALS)) {
  test(`a refusal that overtakes the body is the answer when the server ${what}`, async (t) => {
    const server = await useRawServer(t, async (peer) => {
      const head = await peer.head();
      if (head?.line.startsWith('GET')) return peer.write(OK);
      peer.socket.pause();
      peer.write(answer(403, '<Error><Code>AccessDenied</Code></Error>'));
      then(peer);
    });
    const pool = usePool(t, server.origin, { limit: 1 });
    const { status, body } = await pool.request(put(randomBytes(32 * MIB)));
    assert.deepEqual([status, body.toString()], [403, '<Error><Code>AccessDenied</Code></Error>']);
    assert.equal((await pool.request(get())).status, 200);
    assert.equal(server.peers.length, 2);
  });
}

test('a refusal that overtakes the body is mostly the answer, or else a reset, when the server closes at once', async (t) => {
  const server = await useRawServer(t, async (peer) => {
    await peer.head();
    peer.write(answer(403, 'no', { connection: 'close' }));
    peer.socket.destroySoon();
  });
  const pool = usePool(t, server.origin);
  const body = randomBytes(4 * MIB);
  const ends = await Promise.all(
    Array.from({ length: 20 }, () =>
      pool.request(put(body)).then(
        ({ status }) => String(status),
        ({ code }) => code as string,
      ),
    ),
  );
  t.diagnostic(JSON.stringify(ends));
  assert.ok(
    ends.every((end) => ['403', 'ECONNRESET', 'EPIPE'].includes(end)),
    ends.join(' '),
  );
});
