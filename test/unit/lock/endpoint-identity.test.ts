import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointIdentity } from '../../../src/lock/endpoint-identity.ts';

const SAME: readonly (readonly (string | undefined)[])[] = [
  [
    'http://localhost:9000',
    'http://127.0.0.1:9000',
    'http://[::1]:9000/',
    'HTTP://LOCALHOST:9000//',
    'http://127.0.0.53:9000',
    'http://127.1:9000',
    'http://[::ffff:127.0.0.1]:9000',
    'http://0.0.0.0:9000',
    'http://[::]:9000',
    'http://s3.localhost:9000',
    'http://localhost.:9000',
    'https://localhost:9000',
  ],
  [
    'https://minio.example',
    'https://MinIO.example:443/',
    'https://minio.example.',
    'http://minio.example:443',
  ],
  ['http://minio.example', 'http://minio.example:80'],
  ['https://minio.example/store', 'https://minio.example/store/'],
  [
    undefined,
    'https://s3.amazonaws.com',
    'https://s3.eu-west-1.amazonaws.com/',
    'https://s3-eu-west-1.amazonaws.com',
    'https://s3.dualstack.eu-west-1.amazonaws.com',
    'https://bucket.s3-accelerate.amazonaws.com',
    'https://vpce-1a2b-3c4d.s3.us-east-1.vpce.amazonaws.com',
    'https://s3.cn-north-1.amazonaws.com.cn',
  ],
];

const DIFFERENT: readonly (string | undefined)[] = [
  undefined,
  'http://localhost:9000',
  'http://localhost:9001',
  'http://localhost',
  'https://localhost',
  'http://minio.example:9000',
  'http://localhost.example:9000',
  'http://127.0.0.1.example:9000',
  'http://128.0.0.1:9000',
  'http://[::2]:9000',
  'http://ec2-1-2-3-4.compute-1.amazonaws.com:9000',
  'https://s3.amazonaws.com.example',
  'https://minio.example/Store',
  'https://minio.example/store',
  'no url',
];

for (const urls of SAME) {
  test(`${urls[0] ?? 'AWS'} is one endpoint in all its spellings`, () => {
    assert.deepEqual([...new Set(urls.map(endpointIdentity))].length, 1, String(urls.map(endpointIdentity)));
  });
}

test('endpoints of other hosts, ports and paths stay apart', () => {
  const identities = DIFFERENT.map(endpointIdentity);
  assert.equal(new Set(identities).size, DIFFERENT.length, String(identities));
});
