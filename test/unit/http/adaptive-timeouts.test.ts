import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AdaptiveTimeouts } from '../../../src/http/adaptive-timeouts.ts';
import { answer, useRawServer } from '../../support/raw-server.ts';
import { get, put, usePool } from './requests.ts';

const MIB = 1024 * 1024;
const OK = answer(200, 'hello');
/** Of waits that must not be taken for silence: a busy machine may be late by 1.6 s. */
const SILENCE_MS = 4_000;

async function elapsed(work: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work;
  return performance.now() - start;
}

test('a request without an answer is a TimeoutError after the silence limit', async (t) => {
  const server = await useRawServer(t, async (peer) => {
    await peer.request();
  });
  const pool = usePool(t, server.origin, { timeouts: { silenceMs: 200 } });
  const failed = assert.rejects(pool.request(get()), {
    code: 'TimeoutError',
    message: 'nothing moved for 0.2 s',
  });
  const ms = await elapsed(failed);
  assert.ok(ms >= 190, String(ms));
});

test('a connection that is not made in time is a TimeoutError', async (t) => {
  // It speaks no TLS, and says nothing.
  const { port } = await useRawServer(t, () => undefined);
  const origin = { secure: true, host: '127.0.0.1', port };
  const pool = usePool(t, origin, { timeouts: { connectMs: 200 } });
  await assert.rejects(pool.request(get()), {
    code: 'TimeoutError',
    message: 'no connection after 0.2 s',
  });
});

test('a slow answer that keeps arriving is waited for', async (t) => {
  const server = await useRawServer(t, async (peer) => {
    await peer.request();
    const pieces = OK.match(/.{1,9}/gs) ?? [];
    for (const piece of pieces) {
      peer.write(piece);
      await sleep(SILENCE_MS / 4);
    }
  });
  const pool = usePool(t, server.origin, { timeouts: { silenceMs: SILENCE_MS } });
  assert.equal((await pool.request(get())).status, 200);
});

test('a large body that travels unseen is waited for as long as it takes at 4 KiB a second', async (t) => {
  const server = await useRawServer(t, async (peer) => {
    await peer.request();
    await sleep(700);
    peer.write(OK);
  });
  const pool = usePool(t, server.origin, { timeouts: { silenceMs: 100 } });
  assert.equal((await pool.request(put(Buffer.alloc(MIB)))).status, 200);
});

test('a body that the system accepts slowly is waited for, too', async (t) => {
  const server = await useRawServer(t, async (peer) => {
    peer.socket.pause();
    await sleep(700);
    peer.socket.resume();
    await peer.request();
    peer.write(OK);
  });
  const pool = usePool(t, server.origin, { timeouts: { silenceMs: 100 } });
  assert.equal((await pool.request(put(Buffer.alloc(16 * MIB)))).status, 200);
});

test('a body that stops moving is a TimeoutError soon, if others have shown how fast the line is', async (t) => {
  let served = 0;
  const server = await useRawServer(t, async (peer) => {
    for (let request = await peer.request(); request; request = await peer.request()) {
      served += 1;
      if (served === 1) peer.write(OK);
    }
  });
  const pool = usePool(t, server.origin, { timeouts: { silenceMs: 300 } });
  await pool.request(put(Buffer.alloc(MIB)));
  const ms = await elapsed(assert.rejects(pool.request(put(Buffer.alloc(MIB))), { code: 'TimeoutError' }));
  assert.ok(ms < 20_000, String(ms));
});

test('a silence on a kept connection does not count for the next request', async (t) => {
  const server = await useRawServer(t, async (peer) => {
    await peer.request();
    peer.write(OK);
    await peer.request();
    await sleep(SILENCE_MS / 2);
    peer.write(OK);
  });
  const pool = usePool(t, server.origin, { limit: 1, timeouts: { silenceMs: SILENCE_MS } });
  assert.equal((await pool.request(get())).status, 200);
  await sleep(0.6 * SILENCE_MS);
  assert.equal((await pool.request(get())).status, 200);
  assert.equal(server.peers.length, 1);
});

test('a silence may last four times as long as other bodies of that size took, at most their time at 4 KiB/s', () => {
  const patience = new AdaptiveTimeouts();
  const seconds = (bytes: number) => Math.round(patience.longestSilenceMs(bytes) / 1000);
  assert.deepEqual([0, 200_000, MIB, 8 * MIB].map(seconds), [60, 60, 262, 2097]);
  patience.onAnswer(1_000, 60_000);
  assert.equal(seconds(8 * MIB), 2097);
  patience.onAnswer(MIB, 10_000);
  assert.deepEqual([MIB, 8 * MIB].map(seconds), [60, 320]);
  for (let fast = 0; fast < 50; fast += 1) patience.onAnswer(MIB, 10);
  assert.equal(seconds(8 * MIB), 60);
  patience.onAnswer(MIB, 1_000_000);
  assert.equal(seconds(8 * MIB), 2097);
});

test("the deadline grows by the time of the answer's body at 4 KiB/s, and no more", async (t) => {
  const server = await useRawServer(t, async (peer) => {
    await peer.request();
    peer.write(`HTTP/1.1 200 OK\r\ncontent-length: ${MIB}\r\n\r\n`);
    const bytes = peer.number === 0 ? 40 * 1024 : 1;
    for (let sent = 0; sent < MIB && !peer.socket.destroyed; sent += bytes) {
      peer.write('x'.repeat(Math.min(bytes, MIB - sent)));
      await sleep(100);
    }
  });
  const pool = usePool(t, server.origin, { timeouts: { wholeMs: 1_500 } });
  assert.equal((await pool.request(get())).body.length, MIB);
  await assert.rejects(pool.requestOnNewConnection(get()), {
    code: 'TimeoutError',
    message: 'the request took too long',
  });
});

test('a request without a deadline ends by silence only', async (t) => {
  const server = await useRawServer(t, async (peer) => {
    await peer.request();
    peer.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    for (let spaces = 0; spaces < 40 && !peer.socket.destroyed; spaces += 1) {
      await sleep(50);
      peer.write('1\r\n \r\n');
    }
    if (peer.number === 0) peer.write('2\r\nok\r\n0\r\n\r\n');
  });
  // The deadline is looked at once a second.
  const pool = usePool(t, server.origin, { timeouts: { wholeMs: 100, silenceMs: 2_000 } });
  const { body } = await pool.request({ ...get(), hasDeadline: false });
  assert.equal(body.toString().trim(), 'ok');
  await assert.rejects(pool.requestOnNewConnection({ ...get(), hasDeadline: false }), {
    code: 'TimeoutError',
  });
});
