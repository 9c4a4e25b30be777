/** Buckets that are named by the host, of which the embedded endpoint knows those below `localhost`. */
import assert from 'node:assert/strict';
import { TEST_BUCKET } from '../../support/s3-server.ts';
import { contract } from './support/contract.ts';
import { useLocalNames } from './support/local-names.ts';
import { ends, hostsOf, localhostOf, moveAll } from './support/moves.ts';

const embeddedOnly = 'a real store has names of its own';

contract('a bucket may be in the name of the host', { embeddedOnly }, async (bench) => {
  useLocalNames(bench.t);
  const first = await moveAll(bench, TEST_BUCKET, { forcePathStyle: false });
  assert.deepEqual(ends(first), ['1 deleted etag-parts 1', '12 deleted etag-md5 1']);
  const again = await moveAll(bench, TEST_BUCKET, { forcePathStyle: false });
  assert.deepEqual(ends(again), ['1 deleted etag-parts 0', '12 deleted etag-md5 0']);
  assert.deepEqual(hostsOf(bench), [`${TEST_BUCKET}.localhost`]);
  const [put] = bench.target.server?.requests.of('CreateMultipartUpload') ?? [];
  assert.equal(put?.key, 'office/a folder/large');
});

contract(
  'the ARN of an access point is a bucket whose name the host has',
  { embeddedOnly, server: { buckets: ['my-ap-123456789012'] } },
  async (bench) => {
    useLocalNames(bench.t);
    const arn = 'arn:aws:s3:us-east-1:123456789012:accesspoint/my-ap';
    const first = await moveAll(bench, arn);
    assert.deepEqual(ends(first), ['1 deleted etag-parts 1', '12 deleted etag-md5 1']);
    assert.deepEqual(first.bucket, arn);
    const again = await moveAll(bench, arn);
    assert.deepEqual(ends(again), ['1 deleted etag-parts 0', '12 deleted etag-md5 0']);
    const store = bench.store({ bucket: arn, endpointUrl: localhostOf(bench) });
    const { objects } = await store.listPage({ prefix: 'office/', startAfter: 'office/small 8' });
    assert.deepEqual(
      objects.map(({ key }) => key),
      ['office/small 9'],
    );
    assert.deepEqual(hostsOf(bench), ['my-ap-123456789012.localhost']);
  },
);
