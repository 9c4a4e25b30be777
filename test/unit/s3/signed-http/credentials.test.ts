import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { answer, type RawRequest, useAnswers } from '../../../support/raw-server.ts';
import { endpointAt, errorXml, put, useRequests, withoutWaiting } from './use-requests.ts';

const WRITTEN = answer(200, '', { ETag: '"x"' });
const EXPIRED = answer(400, errorXml('ExpiredToken'));

function keys(name: string) {
  return { accessKeyId: name, secretAccessKey: 'secret' };
}

function accessKeyOf({ headers }: RawRequest): string | undefined {
  return /Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1];
}

test('many requests that find the credentials expired at the same time have them renewed once', async (t) => {
  withoutWaiting(t);
  const server = await useAnswers(t, (request) => (accessKeyOf(request) === 'old' ? EXPIRED : WRITTEN));
  let [now, renewals] = ['old', 0];
  const renew = async () => {
    renewals += 1;
    // All have been refused by then.
    while (server.requests.length < 8) await sleep(1);
    now = 'new';
    return keys(now);
  };
  const endpoint = endpointAt(server.origin, { credentials: () => keys(now), renew });
  const requests = useRequests(t, endpoint);
  const answers = await Promise.all(Array.from({ length: 8 }, () => requests.send(put())));
  assert.ok(answers.every(({ attempts }) => attempts <= 2));
  assert.equal(renewals, 1);
});

test('credentials that cannot be renewed are used until S3 refuses them', async (t) => {
  const server = await useAnswers(t, () => WRITTEN);
  let isDown = false;
  const credentials = () => {
    if (isDown) throw new Error('the metadata service does not answer');
    return keys('old');
  };
  const requests = useRequests(t, endpointAt(server.origin, { credentials }));
  await requests.send(put());
  isDown = true;
  assert.equal((await requests.send(put())).status, 200);
});

test('expired credentials that cannot be renewed are the error that S3 named', async (t) => {
  const server = await useAnswers(t, () => EXPIRED);
  const renew = () => Promise.reject(new Error('sign in again'));
  const endpoint = endpointAt(server.origin, { credentials: () => keys('old'), renew });
  await assert.rejects(useRequests(t, endpoint).send(put()), { code: 'ExpiredToken', attempts: 1 });
  assert.equal(server.requests.length, 1);
});
