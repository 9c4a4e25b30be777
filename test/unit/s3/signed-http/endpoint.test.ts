import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackupError } from '../../../../src/core/errors.ts';
import { hostHeader, originOf } from '../../../../src/http/origin.ts';
import { endpointFromOptions } from '../../../../src/s3/signed-http/endpoint.ts';
import type { StoreOptions } from '../../../../src/s3/store-types.ts';

const CREDENTIALS = { accessKeyId: 'k', secretAccessKey: 's' };

function endpointOf(more: Partial<StoreOptions> = {}) {
  return endpointFromOptions({
    bucket: 'a-bucket',
    endpointUrl: 'https://s3.example.com',
    credentials: CREDENTIALS,
    ...more,
  });
}

test('origins and Host headers have a port where it is not the usual one', () => {
  const cases = {
    'http://localhost:9000': [false, 'localhost', 9000, 'localhost:9000'],
    'http://localhost': [false, 'localhost', 80, 'localhost'],
    'http://localhost:443': [false, 'localhost', 443, 'localhost:443'],
    'https://s3.example.com': [true, 's3.example.com', 443, 's3.example.com'],
    'https://s3.example.com:443/x': [true, 's3.example.com', 443, 's3.example.com'],
    'https://s3.example.com:80': [true, 's3.example.com', 80, 's3.example.com:80'],
    'https://S3.Example.COM:8443': [true, 's3.example.com', 8443, 's3.example.com:8443'],
    'http://[::1]:9000': [false, '::1', 9000, '[::1]:9000'],
    'https://[2001:db8::1]': [true, '2001:db8::1', 443, '[2001:db8::1]'],
    'http://127.0.0.1:1': [false, '127.0.0.1', 1, '127.0.0.1:1'],
    'https://bücher.example': [true, 'xn--bcher-kva.example', 443, 'xn--bcher-kva.example'],
  };
  for (const [url, [secure, host, port, header]] of Object.entries(cases)) {
    const origin = originOf(new URL(url));
    assert.deepEqual(origin, { secure, host, port }, url);
    assert.equal(hostHeader(origin), header, url);
  }
});

test('the bucket follows the path of the endpoint, us-east-1 is the region where none is named', () => {
  assert.deepEqual([endpointOf()?.basePath, endpointOf()?.region], ['/a-bucket', 'us-east-1']);
  assert.equal(endpointOf({ region: 'eu-central-1' })?.region, 'eu-central-1');
  assert.deepEqual(endpointOf()?.credentials(), CREDENTIALS);
  for (const endpointUrl of ['http://h/', 'http://h', 'http://h///']) {
    assert.equal(endpointOf({ endpointUrl })?.basePath, '/a-bucket');
  }
  for (const endpointUrl of [
    'http://h/store/s3',
    'http://h/store/s3/',
    'http://h/x/../store/s3?query#hash',
  ]) {
    assert.equal(endpointOf({ endpointUrl })?.basePath, '/store/s3/a-bucket');
  }
});

test('endpoints that the options do not name, or that are not plain S3, are left to the SDK', () => {
  const others: Partial<StoreOptions>[] = [
    { endpointUrl: undefined },
    { credentials: undefined },
    { forcePathStyle: false },
    { bucket: 'base--use1-az4--x-s3' },
    { bucket: 'arn:aws:s3:us-east-1:123456789012:accesspoint/name' },
    { bucket: 'a/b' },
    { bucket: '' },
  ];
  for (const more of others) assert.equal(endpointOf(more), undefined, JSON.stringify(more));
  for (const bucket of ['abc', 'my.bucket.example.com', 'Old_Bucket', '1-a']) {
    assert.equal(endpointOf({ bucket })?.basePath, `/${bucket}`);
  }
});

for (const endpointUrl of [
  's3.example.com',
  '',
  'http://',
  '//s3.example.com',
  'localhost:9000',
  'ftp://example.com',
]) {
  test(`the endpoint "${endpointUrl}" is refused`, () => {
    assert.throws(
      () => endpointOf({ endpointUrl }),
      (error) => error instanceof BackupError && error.code === 'BAD_OPTION',
    );
  });
}
