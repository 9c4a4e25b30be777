/** The embedded endpoint refuses what AWS says that directory buckets do not know. */
import assert from 'node:assert/strict';
import type { ListRequest } from '../../src/s3/store.ts';
import { useTree } from '../support/tree.ts';
import { contract } from './support/contract.ts';
import { useLocalNames } from './support/local-names.ts';
import { COUNT, ends, hostsOf, moveAll } from './support/moves.ts';
import { useContent } from './support/source.ts';

const DIRECTORY = 'my-bucket--use1-az4--x-s3';
const embeddedOnly = 'only AWS has directory buckets';

contract(
  'files move to a directory bucket, proved by their checksums',
  { embeddedOnly, server: { buckets: [DIRECTORY] } },
  async (bench) => {
    useLocalNames(bench.t);
    const { server } = bench.target;
    const first = await moveAll(bench, DIRECTORY);
    assert.deepEqual(ends(first), [`${COUNT} deleted checksum 1`]);
    const again = await moveAll(bench, DIRECTORY, { overwrite: 'if-different' });
    assert.deepEqual(ends(again), [`${COUNT} deleted checksum 0`]);
    assert.deepEqual(hostsOf(bench), [`${DIRECTORY}.localhost`]);
    // One look for access in each run: no key is looked up with a listing.
    assert.equal(server?.requests.of('ListObjectsV2').length, 2);
    assert.ok(server?.requests.of('CreateSession').length);
    for (const { operation, headers } of server?.requests.of('PutObject', 'UploadPart') ?? []) {
      assert.ok('x-amz-checksum-crc32' in headers, operation);
    }
    assert.ok(server?.requests.every(({ status }) => status === 200 || status === 404));
  },
);

contract(
  'files are written over in a directory bucket only where that was asked for',
  { embeddedOnly, server: { buckets: [DIRECTORY] } },
  async (bench) => {
    useLocalNames(bench.t);
    await moveAll(bench, DIRECTORY);
    const source = useTree(bench.t, { 'small 1': 'other content' });
    const kept = await moveAll(bench, DIRECTORY, { source });
    assert.deepEqual(
      kept.files.map(({ code }) => code),
      ['OBJECT_EXISTS'],
    );
    const over = await moveAll(bench, DIRECTORY, { source, overwrite: 'always' });
    assert.deepEqual(ends(over), ['1 deleted checksum 1']);
  },
);

contract(
  'whether one may write to a directory bucket is tried out',
  { embeddedOnly, server: { buckets: [DIRECTORY] } },
  async (bench) => {
    useLocalNames(bench.t);
    const endpointUrl = bench.target.endpointUrl.replace('127.0.0.1', 'localhost');
    const object = { storageClass: 'EXPRESS_ONEZONE', cacheControl: 'no-store' };
    assert.ok(await bench.store({ bucket: DIRECTORY, endpointUrl, object }).probeWrite('probe'));
  },
);

contract(
  'a directory bucket is listed to its last page',
  { embeddedOnly, server: { buckets: [DIRECTORY] } },
  async ({ t, target, store }) => {
    useLocalNames(t);
    const endpointUrl = target.endpointUrl.replace('127.0.0.1', 'localhost');
    const directory = store({ bucket: DIRECTORY, endpointUrl });
    const content = await useContent(t, 'content');
    const keys = Array.from({ length: 5 }, (_, n) => `key ${n}`);
    for (const key of keys) await directory.upload(key, content);
    const { listPage } = directory;
    t.mock.method(directory, 'listPage', (request: ListRequest) =>
      listPage.call(directory, { ...request, maxKeys: 2 }),
    );
    const found: string[] = [];
    for await (const { key } of directory.list('')) found.push(key);
    assert.deepEqual(found, keys);
    assert.equal(target.server?.requests.of('ListObjectsV2').length, 3);
  },
);
