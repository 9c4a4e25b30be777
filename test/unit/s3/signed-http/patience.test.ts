import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { answer, useAnswers, useRawServer } from '../../../support/raw-server.ts';
import { endpointAt, errorXml, put, SECRET, useRequests, withoutWaiting } from './use-requests.ts';

const WRITTEN = answer(200, '', { ETag: '"x"' });
const SLOW_DOWN = answer(503, errorXml('SlowDown'));

/** Milliseconds until it is done. */
async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

test('Retry-After is respected, and what is no number of seconds is not', async (t) => {
  withoutWaiting(t);
  const afters = ['1', '0', 'Wed, 21 Oct 2065 07:28:00 GMT'];
  const server = await useAnswers(t, (_, index) =>
    index % 2 === 0 ? answer(503, '', { 'Retry-After': afters[index / 2] ?? '' }) : WRITTEN,
  );
  const requests = useRequests(t, endpointAt(server.origin));
  const times: number[] = [];
  for (const _ of afters) times.push(await timeOf(() => requests.send(put())));
  const [asked = 0, ...others] = times;
  assert.ok(asked >= 990, String(times));
  assert.ok(
    others.every((ms) => ms < 900),
    String(times),
  );
});

test('without Retry-After the waits grow', async (t) => {
  t.mock.method(Math, 'random', () => 0.5);
  const server = await useAnswers(t, () => SLOW_DOWN);
  const requests = useRequests(t, endpointAt(server.origin));
  const ms = await timeOf(() => assert.rejects(requests.send(put())));
  assert.ok(ms >= 295, String(ms));
});

test('a kept connection that was closed under a request is sent again at once, on another one', async (t) => {
  t.mock.method(Math, 'random', () => 1);
  const server = await useRawServer(t, async (peer) => {
    await peer.request();
    peer.write(WRITTEN);
    await peer.request();
    peer.reset();
  });
  const requests = useRequests(t, endpointAt(server.origin));
  await requests.send(put());
  const times: number[] = [];
  for (let n = 0; n < 20; n += 1)
    times.push(await timeOf(async () => assert.equal((await requests.send(put())).attempts, 2)));
  // A wait would be in each of them, a busy machine is not.
  assert.ok(Math.min(...times) < 100, String(times));
});

test('if all idle connections have died unnoticed, a request fails only once', async (t) => {
  withoutWaiting(t);
  const kept = 4;
  const arrived: (() => void)[] = [];
  const server = await useRawServer(t, async (peer) => {
    await peer.request();
    if (peer.number < kept) {
      await new Promise<void>((resolve) => {
        arrived.push(resolve);
        if (arrived.length === kept) for (const answerOne of arrived) answerOne();
      });
    }
    peer.write(WRITTEN);
    // Node.js 20 never comes to rest when a connection is reset that the other side has ended.
    if (await peer.request()) peer.reset();
  });
  const requests = useRequests(t, endpointAt(server.origin), { connections: kept, maxAttempts: 3 });
  await Promise.all(Array.from({ length: kept }, () => requests.send(put())));
  assert.equal((await requests.send(put())).attempts, 2);
});

test('the caller learns when the store asks for fewer requests', async (t) => {
  withoutWaiting(t);
  const refusals = [SLOW_DOWN, SLOW_DOWN, WRITTEN, answer(500, errorXml('InternalError')), WRITTEN];
  const server = await useAnswers(t, (_, index) => refusals[index] ?? WRITTEN);
  let told = 0;
  const onSlowDown = () => {
    told += 1;
  };
  const requests = useRequests(t, endpointAt(server.origin), { onSlowDown });
  await requests.send(put());
  assert.equal(told, 2);
  await requests.send(put());
  assert.equal(told, 2);
});

test('an abort ends a wait at once, and what is sent with evenIfAborted waits on', async (t) => {
  t.mock.method(Math, 'random', () => 1);
  const server = await useAnswers(t, ({ line }, index) =>
    line.includes('/unstopped') && index > 1
      ? WRITTEN
      : answer(503, '', { 'Retry-After': line.includes('/unstopped') ? '0.2' : '9' }),
  );
  const made = new AbortController();
  const requests = useRequests(t, endpointAt(server.origin), { signal: made.signal });
  const unstopped = requests.send({ ...put('/unstopped'), evenIfAborted: true });
  const aborted = assert.rejects(requests.send(put()), { name: 'StoreError', code: 'AbortError' });
  while (server.requests.length < 2) await sleep(5);
  await sleep(20);
  made.abort();
  assert.ok((await timeOf(() => aborted)) < 8_000);
  assert.equal((await unstopped).status, 200);
  await assert.rejects(requests.send(put()), { code: 'AbortError' });
});

test('an abort within a wait tells how many requests were sent', async (t) => {
  t.mock.method(Math, 'random', () => 0);
  const server = await useAnswers(t, (_, index) =>
    answer(503, '', { 'Retry-After': index === 0 ? '0' : '9' }),
  );
  const made = new AbortController();
  const requests = useRequests(t, endpointAt(server.origin), { signal: made.signal, maxAttempts: 5 });
  const aborted = assert.rejects(requests.send(put()), { code: 'AbortError', attempts: 2 });
  while (server.requests.length < 2) await sleep(5);
  await sleep(50);
  made.abort();
  await aborted;
});

test('many waits at once cause no warning', async (t) => {
  withoutWaiting(t);
  const warnings: string[] = [];
  const onWarning = ({ message }: Error) => warnings.push(message);
  process.on('warning', onWarning);
  t.after(() => process.off('warning', onWarning));
  const server = await useAnswers(t, (_, index) =>
    index < 20 ? answer(503, '', { 'Retry-After': '0.3' }) : WRITTEN,
  );
  const { signal } = new AbortController();
  const requests = useRequests(t, endpointAt(server.origin), { signal, connections: 20 });
  await Promise.all(Array.from({ length: 20 }, () => requests.send(put())));
  assert.deepEqual(warnings, []);
});

test('no error contains a secret, a token or a signature', async (t) => {
  withoutWaiting(t);
  const credentials = () => ({
    accessKeyId: 'k',
    secretAccessKey: SECRET,
    sessionToken: 'a-token-not-to-be-shown',
  });
  const answers = [answer(403), answer(200), answer(503), 'garbage\r\n\r\n', '', SLOW_DOWN];
  for (const text of answers) {
    const server = await useRawServer(t, async (peer) => {
      for (let request = await peer.request(); request; request = await peer.request()) {
        const echo = `${request.line}\r\n${JSON.stringify(request.headers)}`;
        const ending = `content-length: ${echo.length}\r\n\r\n${echo}`;
        if (text === '') peer.reset();
        else peer.write(text.replace('content-length: 0\r\n\r\n', ending));
      }
    });
    const requests = useRequests(t, endpointAt(server.origin, { credentials }));
    await assert.rejects(requests.send(put()), (error) => {
      const shown =
        inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error) + (error as Error).stack;
      assert.doesNotMatch(shown, /not-be-shown|not-to-be-shown|AWS4|Signature=|authorization/i, shown);
      return true;
    });
  }
});
