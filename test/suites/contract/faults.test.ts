import assert from 'node:assert/strict';
import type { FaultAction, Operation } from '../../../src/s3-server/index.ts';
import { type Bench, contract } from './support/contract.ts';
import { bytesOfLength, useContent } from './support/source.ts';
import { PART } from './support/target.ts';
import { assertHolds, keysIn, md5Of, partsEtagOf, storeErrorOf, unfinishedIn } from './support/truth.ts';

const EMBEDDED = { embeddedOnly: 'a real store does not fail on purpose' };
const BYTES = Buffer.from('some bytes');

const ANYWHERE: Readonly<Record<string, FaultAction>> = {
  'a connection that is reset': { kind: 'reset', afterBytes: 0 },
  'an answer that is lost': { kind: 'lost-answer' },
  '503 SlowDown': { kind: 'error', status: 503, code: 'SlowDown', headers: { 'retry-after': '0' } },
  '500 InternalError': { kind: 'error', status: 500, code: 'InternalError' },
  '502 from a proxy': { kind: 'error', status: 502, code: 'BadGateway' },
  '504 from a proxy': { kind: 'error', status: 504, code: 'GatewayTimeout' },
  '408 from a proxy': { kind: 'error', status: 408, code: 'RequestTime-out' },
  '429 from a proxy': { kind: 'error', status: 429, code: 'TooManyRequests' },
};
const AT_A_BODY: Readonly<Record<string, FaultAction>> = {
  'RequestTimeout for a body that did not come': { kind: 'error', status: 400, code: 'RequestTimeout' },
  'a reset in mid-body': { kind: 'reset', afterBytes: 3 },
  'a body that was damaged on its way': { kind: 'error', status: 400, code: 'BadDigest' },
  'an answer without an ETag': { kind: 'no-etag-204' },
  'a web page for an answer': { kind: 'html-200' },
};
const AT_AN_ANSWER: Readonly<Record<string, FaultAction>> = {
  'an answer that breaks off': { kind: 'reset-response', afterBytes: 100 },
  'a web page for an answer': { kind: 'html-200' },
};

for (const [what, fault] of Object.entries({ ...ANYWHERE, ...AT_A_BODY })) {
  contract(`${what} is got over by another try`, EMBEDDED, async (bench) => {
    const { t, target, store } = bench;
    plan(bench, 'PutObject', fault, 1);
    assert.deepEqual(await store().upload('key', await useContent(t, BYTES)), {
      etag: md5Of(BYTES),
      versionId: undefined,
      partsEtag: undefined,
      attempts: 2,
      resumedBytes: 0,
    });
    await assertHolds(target, 'key', BYTES);
  });
}

contract('a part gets over all of these, one after the other', EMBEDDED, async (bench) => {
  const { t, target, store } = bench;
  const bytes = bytesOfLength(PART + 10);
  const faults = Object.values({ ...ANYWHERE, ...AT_A_BODY });
  for (const fault of faults) plan(bench, 'UploadPart', fault, 1);
  const patient = store({ maxAttempts: 1 + faults.length });
  const { etag, attempts } = await patient.upload('key', await useContent(t, bytes));
  assert.deepEqual([etag, attempts], [partsEtagOf(bytes), 1 + faults.length]);
  await assertHolds(target, 'key', bytes);
});

for (const [what, fault] of Object.entries(ANYWHERE)) {
  contract(`${what} is got over by another try, for a HEAD and a listing`, EMBEDDED, async (bench) => {
    const { t, store } = bench;
    const any = store();
    await any.upload('key', await useContent(t, BYTES));
    plan(bench, 'HeadObject', fault, 1);
    assert.equal((await any.head({ key: 'key' })).etag, md5Of(BYTES));
    plan(bench, 'ListObjectsV2', fault, 1);
    assert.deepEqual(
      (await any.listPage({ prefix: '' })).objects.map(({ key }) => key),
      ['key'],
    );
  });
}

for (const [what, fault] of Object.entries(AT_AN_ANSWER)) {
  contract(
    `${what} is got over by another try, for a listing and the beginning of parts`,
    EMBEDDED,
    async (bench) => {
      const { t, store, target } = bench;
      const any = store();
      plan(bench, 'CreateMultipartUpload', fault, 1);
      const { attempts } = await any.upload('key', await useContent(t, bytesOfLength(PART + 1)));
      assert.equal(attempts, 2);
      plan(bench, 'ListObjectsV2', fault, 1);
      assert.deepEqual(
        (await any.listPage({ prefix: '' })).objects.map(({ key }) => key),
        ['key'],
      );
      // The one whose answer broke off was begun, but nobody knows its name.
      assert.deepEqual(await unfinishedIn(target), fault.kind === 'html-200' ? [] : ['key']);
    },
  );
}

const ENDLESS: readonly [string, FaultAction, string | RegExp, number | undefined][] = [
  ['503 SlowDown', ANYWHERE['503 SlowDown'] as FaultAction, 'SlowDown', 503],
  ['500 InternalError', ANYWHERE['500 InternalError'] as FaultAction, 'InternalError', 500],
  ['BadDigest', AT_A_BODY['a body that was damaged on its way'] as FaultAction, 'BadDigest', 400],
  ['a reset', { kind: 'reset', afterBytes: 0 }, /^(ECONNRESET|EPIPE)$/, undefined],
  ['a lost answer', { kind: 'lost-answer' }, 'ECONNRESET', undefined],
  ['no ETag', { kind: 'no-etag-204' }, /^(NoETag|NotS3)$/, 204],
  ['a web page', { kind: 'html-200' }, /^(NoETag|NotS3)$/, 200],
];

for (const [what, fault, code, status] of ENDLESS) {
  contract(
    `${what} without an end is told of after as many tries as there may be`,
    EMBEDDED,
    async (bench) => {
      const { t, target, store } = bench;
      plan(bench, 'PutObject', fault, 9);
      const upload = store({ maxAttempts: 3 }).upload('key', await useContent(t, BYTES));
      const error = await storeErrorOf(upload);
      if (typeof code === 'string') assert.equal(error.code, code);
      else assert.match(error.code, code);
      assert.deepEqual([error.status, error.attempts], [status, 3]);
      assert.equal(target.server?.requests.of('PutObject').length, 3);
      assert.deepEqual(await keysIn(target), fault.kind === 'lost-answer' ? ['key'] : []);
    },
  );
}

const FINAL = [
  'AccessDenied',
  'InvalidAccessKeyId',
  'ExpiredToken',
  'NoSuchBucket',
  'EntityTooLarge',
] as const;

for (const code of FINAL) {
  contract(`${code} is not tried again`, EMBEDDED, async (bench) => {
    const { t, target, store } = bench;
    const status = code === 'NoSuchBucket' ? 404 : code.startsWith('E') ? 400 : 403;
    plan(bench, 'PutObject', { kind: 'error', status, code }, 1);
    const error = await storeErrorOf(store().upload('key', await useContent(t, BYTES)));
    assert.deepEqual([error.code, error.status, error.attempts], [code, status, 1]);
    assert.equal(target.server?.requests.of('PutObject').length, 1);
  });
}

function plan({ target }: Bench, operation: Operation, fault: FaultAction, times: number): void {
  target.server?.faults.plan({ operation, times, do: fault });
}
