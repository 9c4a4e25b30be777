import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { S3Request } from '../../../../src/s3/signed-http/requests.ts';
import { answer, type RawRequest, useAnswers, useRawServer } from '../../../support/raw-server.ts';
import { endpointAt, errorXml, put, useRequests, withoutWaiting } from './use-requests.ts';

const HOUR = 3_600_000;
const WRITTEN = answer(200, '', { ETag: '"x"' });

function skewed(aheadMs: number): string {
  return answer(403, errorXml('RequestTimeTooSkewed'), {
    Date: new Date(Date.now() + aheadMs).toUTCString(),
  });
}

/** What the request's time was ahead of ours. */
function aheadOf({ headers }: RawRequest): number {
  const [, y, mo, d, h, mi, s] = /^(....)(..)(..)T(..)(..)(..)Z$/.exec(headers['x-amz-date'] ?? '') ?? [];
  return Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`) - Date.now();
}

function assertNear(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 30_000, `${actual} ms, not ${expected}`);
}

for (const ahead of [HOUR, -HOUR, 30 * 24 * HOUR]) {
  test(`a clock that is ${ahead / HOUR} hours behind S3's is corrected, for later requests too`, async (t) => {
    withoutWaiting(t);
    const server = await useAnswers(t, (request) =>
      Math.abs(aheadOf(request) - ahead) < HOUR / 4 ? WRITTEN : skewed(ahead),
    );
    const requests = useRequests(t, endpointAt(server.origin));
    assert.deepEqual([(await requests.send(put())).attempts, (await requests.send(put())).attempts], [2, 1]);
    const [first, ...later] = server.requests.map(aheadOf);
    assertNear(first ?? Number.NaN, 0);
    for (const one of later) assertNear(one, ahead);
    const [, scoped] = server.requests;
    const day = scoped?.headers['x-amz-date']?.slice(0, 8);
    assert.ok(scoped?.headers.authorization?.includes(`/${day}/us-east-1/`));
  });
}

test('a clock is corrected for all requests that were under way', async (t) => {
  withoutWaiting(t);
  let held: (() => void)[] = [];
  const server = await useRawServer(t, async (peer) => {
    for (let request = await peer.request(); request; request = await peer.request()) {
      if (Math.abs(aheadOf(request) - HOUR) < HOUR / 4) peer.write(WRITTEN);
      else held.push(() => peer.write(skewed(HOUR)));
      if (held.length < 4) continue;
      for (const refuse of held) refuse();
      held = [];
    }
  });
  const requests = useRequests(t, endpointAt(server.origin));
  const ends = await Promise.allSettled(Array.from({ length: 4 }, () => requests.send(put())));
  assert.deepEqual(
    ends.map((end) => (end.status === 'fulfilled' ? end.value.attempts : String(end.reason))),
    [2, 2, 2, 2],
  );
});

test('a clock that S3 calls wrong although it is not is an error at once', async (t) => {
  const server = await useAnswers(t, () => skewed(0));
  const requests = useRequests(t, endpointAt(server.origin));
  await assert.rejects(requests.send(put()), { code: 'RequestTimeTooSkewed', attempts: 1 });
});

test('a clock that S3 calls wrong without telling its own is an error at once', async (t) => {
  for (const headers of [{}, { Date: 'yesterday' }]) {
    const server = await useAnswers(t, () => answer(403, errorXml('RequestTimeTooSkewed'), headers));
    const requests = useRequests(t, endpointAt(server.origin));
    await assert.rejects(requests.send(put()), { code: 'RequestTimeTooSkewed', attempts: 1 });
  }
});

test('a clock that never suits S3 is an error in the end', async (t) => {
  withoutWaiting(t);
  const server = await useAnswers(t, (_, index) => skewed((index + 1) * HOUR));
  const requests = useRequests(t, endpointAt(server.origin));
  await assert.rejects(requests.send(put()), { code: 'RequestTimeTooSkewed', attempts: 3 });
});

/** As S3 answers HEAD, whose answer has no body. */
function skewedHead(aheadMs: number): string {
  return answer(403, '', { Date: new Date(Date.now() + aheadMs).toUTCString() });
}

const head: S3Request = { operation: 'HeadObject', method: 'HEAD', path: '/key' };

test('a clock that steps in the middle of a run is corrected by an answer to HEAD, too', async (t) => {
  withoutWaiting(t);
  const server = await useAnswers(t, (request) =>
    Math.abs(aheadOf(request) - HOUR) < HOUR / 4 ? answer(200) : skewedHead(HOUR),
  );
  const requests = useRequests(t, endpointAt(server.origin));
  assert.deepEqual([(await requests.send(head)).attempts, (await requests.send(head)).attempts], [2, 1]);
});

test('what is forbidden is an error at once, and at the second try if the clock is off, too', async (t) => {
  withoutWaiting(t);
  for (const [ahead, attempts] of [
    [0, 1],
    [HOUR, 2],
  ] as const) {
    const server = await useAnswers(t, () => skewedHead(ahead));
    const requests = useRequests(t, endpointAt(server.origin));
    await assert.rejects(requests.send(head), { code: 'AccessDenied', attempts });
  }
});
