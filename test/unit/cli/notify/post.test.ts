import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { post } from '../../../../src/cli/notify/post.ts';
import { openNetwork } from '../../../../src/http/network.ts';
import { type ReceiverAnswer, useReceiver } from '../../../support/receiver.ts';

const TIMES = { tryMs: 20_000, pauseMs: 1 };
const network = openNetwork({ proxies: {} });

/** Sends a message to a receiver that gives these answers, the last one again and again. */
async function sent(t: TestContext, answers: readonly ReceiverAnswer[], tryMs = TIMES.tryMs) {
  const receiver = await useReceiver(
    t,
    (_request, number) => answers[number - 1] ?? answers.at(-1) ?? 'hang',
  );
  const message = { url: `${receiver.url}/secret?token=abc`, contentType: 'text/plain', body: 'größe' };
  const failure = await post(message, network, { ...TIMES, tryMs });
  return { failure, receiver };
}

test('a message arrives whole, with its headers, once', async (t) => {
  const receiver = await useReceiver(t);
  const url = receiver.url.replace('//', '//me:p%40ss@');
  const message = {
    url: `${url}/a?b=c`,
    contentType: 'text/plain',
    body: 'größe',
    headers: { 'X-Title': 't' },
  };
  assert.equal(await post(message, network), undefined);
  const [{ method, path, headers, body } = {}, ...others] = receiver.received;
  assert.deepEqual([method, path, body, others], ['POST', '/a?b=c', 'größe', []]);
  assert.deepEqual(
    [headers?.['content-type'], headers?.['x-title'], headers?.authorization, headers?.['content-length']],
    ['text/plain', 't', `Basic ${Buffer.from('me:p@ss').toString('base64')}`, '7'],
  );
});

test('status 500, 429 and a lost connection are tried once more, and no third time', async (t) => {
  for (const bad of [{ status: 500 }, { status: 429 }, 'reset'] as const) {
    const well = await sent(t, [bad, { status: 204 }]);
    assert.deepEqual([well.failure, well.receiver.received.length], [undefined, 2]);
    const { failure, receiver } = await sent(t, [bad]);
    assert.equal(receiver.received.length, 2);
    assert.match(
      failure ?? '',
      bad === 'reset' ? /connection|socket|ECONNRESET/ : /^the answer has status \d+ \(/,
    );
  }
});

test('a refusal is not tried again', async (t) => {
  const { failure, receiver } = await sent(t, [{ status: 404, body: 'no such hook' }]);
  assert.deepEqual([failure, receiver.received.length], ['the answer has status 404 (Not Found)', 1]);
});

test('a redirect is not followed, and the message shows no secret of either URL', async (t) => {
  const { failure, receiver } = await sent(t, [
    { status: 302, headers: { location: '/elsewhere?token=xyz' } },
  ]);
  assert.equal(
    failure,
    `it redirects to ${receiver.url}/**** (status 302), which is not followed; set that URL if it is right`,
  );
  assert.equal(receiver.received.length, 1);
});

test('a receiver that never answers is given up after the time limit, twice', async (t) => {
  const { failure, receiver } = await sent(t, ['hang'], 300);
  assert.equal(failure, 'there was no answer within 0.3 s');
  // Either try may have been given up before its request was read.
  assert.ok(receiver.received.length <= 2);
});

test('a receiver that is not there is a failure that names the reason', async (t) => {
  const { url } = await useReceiver(t);
  const closed = url.replace(/\d+$/, '1');
  const failure = await post({ url: closed, contentType: 'text/plain', body: '' }, network, TIMES);
  assert.match(failure ?? '', /ECONNREFUSED/);
});

test('the proxy of the environment is used, and NO_PROXY is heeded', async (t) => {
  const proxy = await useReceiver(t);
  const message = { url: 'http://hooks.example.com/a', contentType: 'text/plain', body: '' };
  const through = openNetwork({ proxies: { HTTP_PROXY: proxy.url } });
  assert.equal(await post(message, through, TIMES), undefined);
  assert.equal(proxy.received[0]?.path, 'http://hooks.example.com/a');
  const receiver = await useReceiver(t);
  const direct = openNetwork({ proxies: { HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' } });
  assert.equal(await post({ ...message, url: receiver.url }, direct, TIMES), undefined);
  assert.deepEqual([proxy.received.length, receiver.received.length], [1, 1]);
});
