/** Answers that the embedded endpoint never gives: those of proxies, portals and stores that do it another way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Store } from '../../../src/s3/store.ts';
import { answer, useAnswers } from '../../support/raw-server.ts';
import { TRANSPORTS, type TransportName } from './support/contract.ts';
import { useContent } from './support/source.ts';
import { outcomeOf } from './support/truth.ts';

const PAGE = '<!DOCTYPE html><html><head><meta charset="x"></head><body>Please & sign in<br></body></html>';

function error(code: string, root = '<Error>'): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}<Code>${code}</Code><Message>said so</Message></Error>`;
}

/** What PUT and a listing end with, and HEAD, whose answer has no body. With `x2` it was tried twice, as often as it may be. */
type Outcomes = readonly [putAndList: string, head: string];

const ALIKE: Readonly<Record<string, readonly [given: string, ...Outcomes]>> = {
  'an empty 400': [answer(400), '400 BadRequest x1', '400 BadRequest x1'],
  'an empty 403': [answer(403), '403 AccessDenied x1', '403 AccessDenied x1'],
  'an empty 404': [answer(404), '404 NoSuchKey x1', '404 NoSuchKey x1'],
  'an empty 411': [answer(411), '411 Http411 x1', '411 Http411 x1'],
  'an empty 412': [answer(412), '412 PreconditionFailed x1', '412 PreconditionFailed x1'],
  'an empty 429': [answer(429), '429 Http429 x2', '429 Http429 x2'],
  'an empty 500': [answer(500), '500 Http500 x2', '500 Http500 x2'],
  'an empty 503': [answer(503), '503 Http503 x2', '503 Http503 x2'],
  'the 522 of a CDN': [answer(522), '522 Http522 x2', '522 Http522 x2'],
  'a redirect': [
    answer(301, '', { location: 'http://127.0.0.1:1/' }),
    '301 PermanentRedirect x1',
    '301 PermanentRedirect x1',
  ],
  'a temporary redirect': [
    answer(307, error('TemporaryRedirect'), { location: 'http://127.0.0.1:1/' }),
    '307 TemporaryRedirect x1',
    '307 TemporaryRedirect x1',
  ],
  'the wrong region': [
    answer(400, error('AuthorizationHeaderMalformed')),
    '400 AuthorizationHeaderMalformed x1',
    '400 AuthorizationHeaderMalformed x1',
  ],
  'a conflict with another writer': [
    answer(409, error('ConditionalRequestConflict')),
    '409 ConditionalRequestConflict x2',
    '409 Http409 x1',
  ],
  'throttling with status 400': [
    answer(400, error('ThrottlingException')),
    '400 ThrottlingException x2',
    '400 ThrottlingException x1',
  ],
  'an error without a code': [
    answer(403, '<Error><Message>x</Message></Error>'),
    '403 AccessDenied x1',
    '403 AccessDenied x1',
  ],
  'an error whose message holds a code': [
    answer(403, '<Error><Message>&lt;Code>X&lt;/Code></Message><Code>AccessDenied</Code></Error>'),
    '403 AccessDenied x1',
    '403 AccessDenied x1',
  ],
  'an error with a name space': [
    answer(400, error('BadDigest', '<Error xmlns="http://s3.amazonaws.com/doc/2006-03-01/">')),
    '400 BadDigest x2',
    '400 BadDigest x1',
  ],
};

/** Where the transports say it in other words, and why that is let be. */
const DIFFERENT: Readonly<
  Record<string, { given: string; why: string } & Readonly<Record<TransportName, Outcomes>>>
> = {
  'a page with status 403': {
    given: answer(403, PAGE),
    why: 'the SDK names the failure of its XML parser, whose class has no name of its own',
    'signed-http': ['403 NotS3 x1', '403 AccessDenied x1'],
    sdk: ['403 Error x1', '403 AccessDenied x1'],
  },
  'a page with status 502': {
    given: answer(502, PAGE),
    why: 'as above; both try it again',
    'signed-http': ['502 Http502 x2', '502 Http502 x2'],
    sdk: ['502 Error x2', '502 Http502 x2'],
  },
  'an error that is cut short': {
    given: answer(503, '<?xml version="1.0"?><Error><Code>Slow'),
    why: 'as above; both try it again',
    'signed-http': ['503 Http503 x2', '503 Http503 x2'],
    sdk: ['503 Error x2', '503 Http503 x2'],
  },
  'an error in a 200': {
    given: answer(200, error('InternalError'), {}),
    why: 'the SDK makes it a 503, so that it is tried again',
    'signed-http': ['200 InternalError x2', 'ok x1'],
    sdk: ['503 InternalError x2', 'ok x1'],
  },
  'what is not implemented': {
    given: answer(501, error('NotImplemented')),
    why: 'the SDK tries every 5xx again; this one will not change',
    'signed-http': ['501 NotImplemented x1', '501 NotImplemented x1'],
    sdk: ['501 NotImplemented x2', '501 NotImplemented x2'],
  },
  'another protocol': {
    given: 'SSH-2.0-OpenSSH_9\r\n\r\n',
    why: 'node:http has codes of its own for it, which the SDK takes for final',
    'signed-http': ['no answer NotHttp x2', 'no answer NotHttp x2'],
    sdk: ['no answer HPE_INVALID_CONSTANT x1', 'no answer HPE_INVALID_CONSTANT x1'],
  },
};

for (const transport of Object.keys(TRANSPORTS) as TransportName[]) {
  for (const [what, [given, ...expected]] of Object.entries(ALIKE)) {
    testAnswer(`${what} ends with the same error by each way (${transport})`, transport, given, expected);
  }
  for (const [what, { given, why, [transport]: expected }] of Object.entries(DIFFERENT)) {
    testAnswer(`${what} is an error, differently named: ${why} (${transport})`, transport, given, expected);
  }
}

function testAnswer(title: string, transport: TransportName, given: string, [put, head]: Outcomes): void {
  test(title, async (t) => {
    t.mock.method(Math, 'random', () => 0);
    const content = await useContent(t, 'x');
    const withoutBody = given.slice(0, given.indexOf('\r\n\r\n') + 4);
    const server = await useAnswers(t, ({ line }) => (line.startsWith('HEAD') ? withoutBody : given));
    const store = new Store({
      bucket: 'bucket',
      endpointUrl: `http://127.0.0.1:${server.port}`,
      credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
      transport: TRANSPORTS[transport],
      maxAttempts: 2,
    });
    t.after(() => store.close());
    const calls = {
      PUT: () => store.upload('key', content),
      HEAD: () => store.head({ key: 'key' }),
      GET: () => store.listPage({ prefix: '' }),
    };
    const found: string[] = [];
    for (const [method, call] of Object.entries(calls)) {
      const before = server.requests.length;
      const outcome = await outcomeOf(call());
      const tries = server.requests.slice(before).filter(({ line }) => line.startsWith(`${method} `));
      found.push(`${outcome} x${tries.length}`);
    }
    assert.deepEqual(found, [put, head, put]);
  });
}

for (const transport of Object.keys(TRANSPORTS) as TransportName[])
  test(`a clock that is an hour off is corrected by a 403 to HEAD (${transport})`, async (t) => {
    t.mock.method(Math, 'random', () => 0);
    const ahead = 3_600_000;
    const server = await useAnswers(t, ({ headers }) => {
      const [, date, time] = /^(\d{8})T(\d{6})Z$/.exec(headers['x-amz-date'] ?? '') ?? [];
      const digits = `${date}${time}`.match(/\d{2}/g) ?? [];
      const [century, year, month, day, hour, minute, second] = digits;
      const signed = Date.parse(`${century}${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
      const now = new Date(Date.now() + ahead).toUTCString();
      return Math.abs(signed - Date.now() - ahead) < 600_000
        ? answer(200, '', { ETag: '"x"', Date: now })
        : answer(403, '', { Date: now });
    });
    const store = new Store({
      bucket: 'bucket',
      endpointUrl: `http://127.0.0.1:${server.port}`,
      credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
      transport: TRANSPORTS[transport],
      maxAttempts: 2,
    });
    t.after(() => store.close());
    assert.equal((await store.head({ key: 'key' }))?.etag, 'x');
    assert.equal(server.requests.length, 2);
  });
