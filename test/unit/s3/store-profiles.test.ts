import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { digestsFor } from '../../../src/s3/digests.ts';
import { Store, type StoreOptions } from '../../../src/s3/store.ts';
import { KNOWN_STORES, knownStoreAt, profileOf, regionAt } from '../../../src/s3/store-profiles.ts';

const HOSTS: Readonly<Record<string, string>> = {
  'https://s3.eu-central-1.amazonaws.com': 'AWS S3',
  'https://bucket.vpce-1a2b3c4d.s3.us-east-1.vpce.amazonaws.com/': 'AWS S3',
  'https://s3.cn-north-1.amazonaws.com.cn': 'AWS S3',
  'https://0123abc.r2.cloudflarestorage.com': 'Cloudflare R2',
  'https://s3.us-west-004.backblazeb2.com': 'Backblaze B2',
  'https://storage.googleapis.com': 'Google Cloud Storage',
  'https://s3.eu-central-1.wasabisys.com': 'Wasabi',
  'https://fra1.digitaloceanspaces.com': 'DigitalOcean Spaces',
  'https://s3.gra.io.cloud.ovh.net': 'OVHcloud',
  'https://gateway.storjshare.io': 'Storj',
  'https://S3.FR-PAR.SCW.CLOUD': 'Scaleway',
  'https://amazonaws.com.example.org': 'an S3-compatible store',
  'https://notscw.cloud': 'an S3-compatible store',
  'http://127.0.0.1:9000': 'an S3-compatible store',
};

test('a store is known by its host', () => {
  for (const [url, name] of Object.entries(HOSTS)) assert.equal(profileOf(url).name, name, url);
  assert.equal(profileOf(undefined).name, 'AWS S3');
});

test('the form of an endpoint is that of its store, and tells its region', () => {
  for (const { id, endpointForm, region } of KNOWN_STORES) {
    const endpoint = endpointForm.replace('REGION', 'nl-ams').replace('ACCOUNT', '0123abc');
    assert.doesNotMatch(endpoint, /[A-Z]/, id);
    assert.equal(knownStoreAt(endpoint)?.id, id);
    assert.equal(regionAt(endpoint), region ?? (endpointForm.includes('REGION') ? 'nl-ams' : undefined), id);
  }
});

test('an address that does not have the form of its store tells no region', () => {
  for (const endpoint of ['https://s3.wasabisys.com', 'https://bucket.fra1.digitaloceanspaces.com', 'x'])
    assert.equal(regionAt(endpoint), undefined, endpoint);
});

test('two digests at once are for AWS only', () => {
  const bucket = 'bucket';
  const kms = { serverSideEncryption: 'aws:kms' } as const;
  for (const checksum of ['auto', 'md5', 'crc32', 'crc32c', 'crc64nvme', 'sha256'] as const) {
    for (const object of [undefined, kms]) {
      const { md5, checksum: sum } = digestsFor({ bucket, checksum, object }, false);
      assert.equal(Number(md5) + Number(sum !== undefined), 1, checksum);
      assert.equal(digestsFor({ bucket, checksum, object }, true).md5, true);
    }
  }
  assert.deepEqual(digestsFor({ bucket }, true), { md5: true, checksum: 'crc32' });
  assert.deepEqual(digestsFor({ bucket }, false), { md5: true, checksum: undefined });
  const withoutMd5Etags = [
    { bucket, object: kms },
    { bucket, object: { customerKey: 'a' } },
    { bucket: 'bucket--use1-az4--x-s3' },
  ];
  for (const options of withoutMd5Etags)
    assert.deepEqual(digestsFor(options, false), { md5: false, checksum: 'sha256' });
  for (const options of withoutMd5Etags)
    assert.deepEqual(digestsFor(options, true), { md5: true, checksum: 'sha256' });
});

test('parts are large enough for as many as the store takes', (t) => {
  const GIB = 1024 ** 3;
  const partSize = (endpointUrl: string | undefined, size: number) =>
    useStore(t, { endpointUrl }).partSizeFor(size);
  assert.equal(partSize(undefined, 100 * GIB), 11 * 1024 ** 2);
  assert.equal(partSize('http://127.0.0.1:9000', 8 * GIB), 8 * 1024 ** 2);
  const parts = (size: number) => Math.ceil(size / partSize('https://s3.nl-ams.scw.cloud', size));
  for (const size of [1, 8 * GIB, 100 * GIB, 4000 * GIB]) assert.ok(parts(size) <= 1000, `${size} bytes`);
});

function useStore(t: TestContext, options: Partial<StoreOptions>): Store {
  const store = new Store({ bucket: 'bucket', ...options });
  t.after(() => store.close());
  return store;
}
