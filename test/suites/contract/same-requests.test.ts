/** Both transports send the same requests: the ones that arrive at the embedded endpoint are compared. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Store, StoreOptions } from '../../../src/s3/store.ts';
import type { SourceContent } from '../../../src/source/content.ts';
import { type Comparable, comparable, KNOWN, type KnownDifference, sorted } from './support/comparable.ts';
import { type TransportName, useStore } from './support/contract.ts';
import { bytesOfLength, useContent } from './support/source.ts';
import { PART, REAL_ENDPOINT, useTarget } from './support/target.ts';

interface Files {
  readonly empty: SourceContent;
  readonly small: SourceContent;
  readonly large: SourceContent;
}

/** Everything that a run asks for, with all that it can ask. Returns the ETags that it was answered and sent back. */
async function sendAll(store: Store, { empty, small, large }: Files): Promise<string[]> {
  await store.upload('empty', empty, { ifAbsent: true });
  const first = await store.upload('some folder/ä+b.html', small);
  const second = await store.upload('some folder/ä+b.html', small, { ifMatch: first.etag });
  const parts = await store.upload("large 'file'.bin", large, { ifAbsent: true });
  const again = await store.upload("large 'file'.bin", large, { ifMatch: parts.etag });
  await store.head({ key: 'some folder/ä+b.html' });
  await store.head({ key: 'empty', versionId: 'null', etag: 'not sent' });
  await store.head({ key: "large 'file'.bin", partNumber: 1 });
  await store.read({ key: 'some folder/ä+b.html' });
  await store.read(
    { key: 'some folder/ä+b.html', versionId: 'null', etag: second.etag },
    { start: 1, end: 5 },
  );
  await store.read({ key: "large 'file'.bin", etag: again.etag }, { start: PART, end: PART + 100 });
  await store.listPage({ prefix: '' });
  await store.listPage({ prefix: 'some folder/', startAfter: 'some folder/ä', maxKeys: 7 });
  return [first.etag, parts.etag, second.etag, again.etag];
}

const OPTIONS: Readonly<Record<string, Partial<StoreOptions>>> = {
  'nothing but the bucket': {},
  'every object option': {
    object: {
      storageClass: 'STANDARD_IA',
      serverSideEncryption: 'AES256',
      tags: { plain: 'x', 'a key': 'a & b=c/d+e' },
      metadata: { Owner: 'me', spaces: 'a  b   c', empty: '' },
      acl: 'bucket-owner-full-control',
      cacheControl: 'max-age=60,  public',
    },
    requesterPays: true,
  },
  'a checksum of the whole object': { checksum: 'crc64nvme' },
  'a checksum of the parts': { checksum: 'sha256' },
  "a customer's key": { object: { customerKey: Buffer.alloc(32, 'k').toString('base64') } },
  'SSE-KMS, which adds checksums': {
    object: { serverSideEncryption: 'aws:kms', kmsKeyId: 'arn:aws:kms:us-east-1:1:key/a-b' },
  },
};

const found = new Set<KnownDifference>();

for (const [what, options] of Object.entries(OPTIONS)) {
  test(`both transports send the same requests with ${what}`, { skip: whySkipped() }, async (t) => {
    const files = {
      empty: await useContent(t, ''),
      small: await useContent(t, '<p>content'),
      large: await useContent(t, bytesOfLength(PART + 7)),
    };
    const sent = {
      'signed-http': await requestsOf(t, 'signed-http', options, files),
      sdk: await requestsOf(t, 'sdk', options, files),
    };
    assert.ok(sent['signed-http'].length > 12);
    for (const known of KNOWN) {
      const { of, isIn, without } = known;
      if (!sent[of].some(isIn)) continue;
      found.add(known);
      sent[of] = sent[of].map((request) => (isIn(request) ? without(request) : request));
    }
    assert.deepEqual(sorted(sent['signed-http']), sorted(sent.sdk));
  });
}

test('every difference that is known is still one', { skip: whySkipped() }, () => {
  assert.deepEqual(
    KNOWN.filter((known) => !found.has(known)).map(({ why }) => why),
    [],
  );
});

test('by default plain S3 goes through the signed-http transport, and through the SDK if that is asked for', {
  skip: whySkipped(),
}, async (t) => {
  const agents = async (transport: TransportName) => {
    const target = await useTarget(t);
    await useStore(t, target, transport).listPage({ prefix: '' });
    return target.server?.requests.map(({ headers }) => headers['user-agent']?.split('/')[0]);
  };
  assert.deepEqual([await agents('signed-http'), await agents('sdk')], [[undefined], ['aws-sdk-js']]);
});

function whySkipped(): string | false {
  return REAL_ENDPOINT !== undefined && 'on the embedded endpoint only: it shows the requests that reach it';
}

async function requestsOf(
  t: TestContext,
  transport: TransportName,
  options: Partial<StoreOptions>,
  files: Files,
): Promise<Comparable[]> {
  const target = await useTarget(t);
  const etags = await sendAll(useStore(t, target, transport, options), files);
  return (target.server?.requests ?? []).map((request) => comparable(request, etags));
}
