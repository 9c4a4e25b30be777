import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backup } from '../../../src/index.ts';
import { contradictionsOf, type RuledOptions } from '../../../src/s3/option-rules.ts';

const customerKey = Buffer.alloc(32, 'k').toString('base64');
const DIRECTORY = 'my-bucket--use1-az4--x-s3';
const AP = 'arn:aws:s3:eu-west-1:123456789012:accesspoint/my-ap';

const REFUSED: Readonly<Record<string, Partial<RuledOptions>>> = {
  'kmsKeyId needs serverSideEncryption aws:kms or aws:kms:dsse': {
    object: { kmsKeyId: 'k', serverSideEncryption: 'AES256' },
  },
  'retentionMode needs retentionSeconds': { object: { retentionMode: 'GOVERNANCE' } },
  'retentionSeconds needs retentionMode GOVERNANCE or COMPLIANCE': { object: { retentionSeconds: 60 } },
  'retentionSeconds is 0; allowed are whole numbers from 1 to 3153600000 (100 years)': {
    object: { retentionMode: 'COMPLIANCE', retentionSeconds: 0 },
  },
  'customerKey must be base64 of 32 bytes': { object: { customerKey: 'c2hvcnQ=' } },
  'customerKey cannot be combined with serverSideEncryption; set one of them': {
    object: { customerKey, serverSideEncryption: 'AES256' },
  },
  'customerKey could be read on the way to http://s3.example.com:9000; use https://': {
    object: { customerKey },
    endpointUrl: 'http://s3.example.com:9000/path',
  },
  'forcePathStyle cannot be used with an access point, which is in the host name': {
    bucket: AP,
    forcePathStyle: true,
  },
  'acl is not supported by directory buckets': { bucket: DIRECTORY, object: { acl: 'private' } },
  'tags is not supported by directory buckets': { bucket: DIRECTORY, object: { tags: { a: 'b' } } },
  'retentionMode is not supported by directory buckets': {
    bucket: DIRECTORY,
    object: { retentionMode: 'GOVERNANCE', retentionSeconds: 60 },
  },
  'legalHold is not supported by directory buckets': { bucket: DIRECTORY, object: { legalHold: true } },
  'customerKey is not supported by directory buckets': { bucket: DIRECTORY, object: { customerKey } },
  'requesterPays is not supported by directory buckets': { bucket: DIRECTORY, requesterPays: true },
  'storageClass can be EXPRESS_ONEZONE or ONEZONE_IA only in a directory bucket': {
    bucket: DIRECTORY,
    object: { storageClass: 'STANDARD' },
  },
  'serverSideEncryption can be AES256 or aws:kms only in a directory bucket': {
    bucket: DIRECTORY,
    object: { serverSideEncryption: 'aws:kms:dsse' },
  },
};

for (const [problem, options] of Object.entries(REFUSED)) {
  test(`refused before anything is touched: ${problem}`, async () => {
    const given = { bucket: 'b', ...options };
    const found = contradictionsOf(given).map((found) => `${found.option} ${found.problem}`);
    assert.deepEqual(found, [problem]);
    const run = backup({ ...given, source: '/no/such/folder' });
    await assert.rejects(run, { code: 'BAD_OPTION', message: `${problem}.` });
  });
}

const ALLOWED: Readonly<Record<string, Partial<RuledOptions>>> = {
  'a lock that has both': { object: { retentionMode: 'COMPLIANCE', retentionSeconds: 1, legalHold: true } },
  'a legal hold alone': { object: { legalHold: true } },
  'KMS with a key': { object: { serverSideEncryption: 'aws:kms:dsse', kmsKeyId: 'k' } },
  'an access point and an endpoint': { bucket: AP, endpointUrl: 'https://vpce.example.com' },
  'nothing that a directory bucket lacks': {
    bucket: DIRECTORY,
    requesterPays: false,
    object: { tags: {}, legalHold: false, storageClass: 'EXPRESS_ONEZONE', cacheControl: 'no-store' },
  },
};

for (const [what, options] of Object.entries(ALLOWED)) {
  test(`allowed: ${what}`, () => {
    assert.deepEqual(contradictionsOf({ bucket: 'b', ...options }), []);
  });
}

for (const endpointUrl of [
  undefined,
  'https://s3.example.com',
  'http://127.0.0.1:9000',
  'http://127.8.8.8',
  'http://localhost:9000',
  'http://bucket.localhost',
  'http://[::1]:9000',
]) {
  test(`a customer's key may be sent to ${endpointUrl ?? 'AWS'}`, () => {
    assert.deepEqual(contradictionsOf({ bucket: 'b', endpointUrl, object: { customerKey } }), []);
  });
}

for (const host of ['10.0.0.1', 'localhost.example.com', '127.0.0.1.example.com', '[::2]', 'xlocalhost']) {
  test(`a customer's key is not sent to http://${host}`, () => {
    const found = contradictionsOf({ bucket: 'b', endpointUrl: `http://${host}`, object: { customerKey } });
    assert.equal(found.length, 1);
  });
}
