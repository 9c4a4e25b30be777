/** The embedded endpoint refuses what AWS says that directory buckets do not know. */
import assert from 'node:assert/strict';
import { useTree } from '../../support/tree.ts';
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
      assert.ok('x-amz-checksum-sha256' in headers, operation);
    }
    assert.ok(server?.requests.every(({ status }) => status === 200 || status === 404));
  },
);

contract(
  'files are overwritten in a directory bucket only where that was asked for',
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
  'every object of a directory bucket is listed, of many pages and of a part of a name',
  { embeddedOnly, server: { buckets: [DIRECTORY], pageLimit: 10 } },
  async (bench) => {
    useLocalNames(bench.t);
    const endpointUrl = bench.target.endpointUrl.replace('127.0.0.1', 'localhost');
    const any = bench.store({ bucket: DIRECTORY, endpointUrl });
    const names = Array.from({ length: 25 }, (_, number) => `folder/file ${number}`);
    const content = await useContent(bench.t, 'x');
    await Promise.all(names.map((name) => any.upload(name, content)));
    const listed = async (prefix: string) => {
      const keys: string[] = [];
      for await (const { key } of any.list(prefix)) keys.push(key);
      return keys.sort();
    };
    assert.deepEqual(await listed(''), names.toSorted());
    const part = names.filter((name) => name.startsWith('folder/file 1')).toSorted();
    assert.deepEqual(await listed('folder/file 1'), part);
  },
);
