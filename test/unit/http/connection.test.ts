import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Bandwidth } from '../../../src/http/bandwidth.ts';
import { Connection } from '../../../src/http/connection.ts';
import { HttpError } from '../../../src/http/http-error.ts';
import type { Network } from '../../../src/http/network.ts';
import { answer, type Peer, useAnswers, useRawServer } from '../../support/raw-server.ts';
import { get, put, usePool } from './requests.ts';

const MIB = 1024 * 1024;
const OK = answer(200, 'hello');
const CHUNKED = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';

const WHOLE: Readonly<Record<string, string>> = {
  'of a given length': OK,
  'in chunks': `${CHUNKED}1\r\nh\r\n4;x=y\r\nello\r\n0\r\n\r\n`,
  'in chunks with a trailer': `${CHUNKED}5\r\nhello\r\n0\r\nx-checksum: abc\r\n\r\n`,
  'after a 100 Continue': `HTTP/1.1 100 Continue\r\n\r\n${OK}`,
};

for (const [what, text] of Object.entries(WHOLE)) {
  for (const size of [1, 3, 7]) {
    test(`an answer ${what} may come ${size} bytes at a time, and the connection is kept`, async (t) => {
      const server = await useRawServer(t, async (peer) => {
        while (await peer.request()) await peer.trickle(text, size);
      });
      const pool = usePool(t, server.origin);
      for (let round = 0; round < 2; round += 1) {
        const { status, body } = await pool.request(get());
        assert.deepEqual([status, body.toString()], [200, 'hello']);
      }
      assert.equal(server.peers.length, 1);
    });
  }
}

test('bodies arrive unchanged, also an empty one and one of many writes', async (t) => {
  const server = await useAnswers(t, () => OK);
  const pool = usePool(t, server.origin);
  const bodies = [0, 1, MIB, MIB + 1, 5 * MIB + 17].map((length) => randomBytes(length));
  for (const body of bodies) await pool.request(put(body, `/${body.length}`));
  assert.deepEqual(
    server.requests.map(({ line }) => line),
    bodies.map(({ length }) => `PUT /${length} HTTP/1.1`),
  );
  for (const [index, body] of bodies.entries()) assert.ok(server.requests[index]?.body.equals(body));
  assert.equal(server.peers.length, 1);
});

test('bytes of a body are told as they are sent, each once', async (t) => {
  const server = await useAnswers(t, () => OK);
  for (const bandwidth of [undefined, new Bandwidth(100 * MIB)]) {
    const network = bandwidth && ({ proxies: { for: () => undefined }, bandwidth } as unknown as Network);
    const pool = usePool(t, server.origin, { network });
    const told: number[] = [];
    const body = randomBytes(3 * MIB + 5);
    await pool.request({ ...put(body), onSent: (bytes) => told.push(bytes) });
    assert.equal(
      told.reduce((sum, bytes) => sum + bytes),
      body.length,
    );
    assert.ok(told.length > 2 && Math.min(...told) > 0, `${told}`);
  }
});

test('of a body that is refused on its way, no more bytes are told than were sent', async (t) => {
  const server = await useRawServer(t, async (peer) => {
    peer.socket.pause();
    peer.write(answer(403, 'no'));
  });
  const body = randomBytes(64 * MIB);
  let told = 0;
  const onSent = (bytes: number) => {
    told += bytes;
  };
  const { status } = await usePool(t, server.origin).request({ ...put(body), onSent });
  assert.equal(status, 403);
  assert.ok(told < body.length, `${told}`);
});

test('a body arrives whole although the other side reads it slowly', async (t) => {
  const body = randomBytes(3 * MIB);
  let arrived: Buffer | undefined;
  const server = await useRawServer(t, async (peer) => {
    peer.socket.pause();
    await sleep(50);
    peer.socket.resume();
    arrived = (await peer.request())?.body;
    peer.write(OK);
  });
  await usePool(t, server.origin).request(put(body));
  assert.ok(arrived?.equals(body));
});

const FAILURES: Readonly<Record<string, { code: string; serve: (peer: Peer) => void | Promise<void> }>> = {
  'is reset at once': { code: 'ECONNRESET', serve: (peer) => peer.reset() },
  'is closed at once': { code: 'ECONNRESET', serve: (peer) => peer.end() },
  'is reset before the answer': { code: 'ECONNRESET', serve: (peer) => peer.reset() },
  'is closed before the answer': { code: 'ECONNRESET', serve: (peer) => peer.end() },
  'is closed in the head': { code: 'ECONNRESET', serve: (peer) => closeAfter(peer, 'HTTP/1.1 200 O') },
  'is closed in the body': { code: 'ECONNRESET', serve: (peer) => closeAfter(peer, OK.slice(0, -1)) },
  'is closed before the last chunk': {
    code: 'ECONNRESET',
    serve: (peer) => closeAfter(peer, `${CHUNKED}5\r\nhello\r\n`),
  },
  'is closed after a 100': {
    code: 'ECONNRESET',
    serve: (peer) => closeAfter(peer, 'HTTP/1.1 100 C\r\n\r\n'),
  },
  'is reset in the answer': {
    code: 'ECONNRESET',
    serve: async (peer) => {
      await peer.trickle(OK.slice(0, -1), 20);
      peer.reset();
    },
  },
  'answers garbage': { code: 'NotHttp', serve: (peer) => peer.write('220 ftp.example.com ready\r\n\r\n') },
};

function closeAfter(peer: Peer, text: string): void {
  peer.write(text);
  peer.end();
}

for (const [what, { code, serve }] of Object.entries(FAILURES)) {
  test(`a new connection that ${what} is ${code}, which is not called stale`, async (t) => {
    const server = await useRawServer(t, async (peer) => {
      if (!what.endsWith('at once')) await peer.request();
      await serve(peer);
    });
    await assert.rejects(usePool(t, server.origin).request(get()), (error) => {
      assert.equal((error as { code?: string }).code, code, String(error));
      assert.equal(error instanceof HttpError && error.stale, false);
      return true;
    });
    await server.peers[0]?.closed;
  });
}

test('the wait for the bandwidth limit does not count towards the deadline', async (t) => {
  let received = 0;
  const server = await useRawServer(t, async (peer) => {
    received = (await peer.request())?.body.length ?? 0;
  });
  const events = { onFree: () => undefined, onClosed: () => undefined, onSession: () => undefined };
  const connection = new Connection({ origin: server.origin, bandwidth: new Bandwidth(16 * 1024) }, events);
  const deadline = performance.now() + 300_000 + 2;
  const ended = Promise.allSettled([connection.send(put(Buffer.alloc(8 * 1024)))]);
  while (received === 0) await sleep(10);
  connection.checkDeadline(deadline + 300);
  assert.equal(await Promise.race([ended, sleep(50, 'under way')]), 'under way');
  connection.checkDeadline(performance.now() + 600_000);
  assert.equal((await ended)[0].status, 'rejected');
});

test('a request that takes too long as a whole is a TimeoutError; a larger body may take longer', async (t) => {
  const server = await useRawServer(t, async (peer) => {
    await peer.request();
    peer.write('HTTP/1.1 200 OK\r\nx: ');
  });
  const events = { onFree: () => undefined, onClosed: () => undefined, onSession: () => undefined };
  const open = () => new Connection({ origin: server.origin }, events);
  const [small, large] = [open(), open()];
  t.after(() => large.destroy());
  const ends = [small.send(get()), large.send(put(Buffer.alloc(MIB)))];
  const ended = Promise.allSettled(ends);
  small.checkDeadline(performance.now() + 299_000);
  for (const connection of [small, large]) connection.checkDeadline(performance.now() + 301_000);
  await assert.rejects(ends[0] as Promise<unknown>, { name: 'HttpError', code: 'TimeoutError' });
  assert.equal(await Promise.race([ended, sleep(50, 'under way')]), 'under way');
  large.checkDeadline(performance.now() + 301_000 + MIB / 4);
  await assert.rejects(ends[1] as Promise<unknown>, { code: 'TimeoutError' });
});
