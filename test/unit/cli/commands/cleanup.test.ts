import assert from 'node:assert/strict';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CreateMultipartUploadCommand, PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { destinationResource } from '../../../../src/lock/resource.ts';
import { takeLocks } from '../../../../src/lock/take-locks.ts';
import { keysIn, unfinishedUploads, useBucketClient } from '../../../support/bucket.ts';
import { runCli, serverEnvironment, useWorkplace } from '../../../support/cli-context.ts';
import { TEST_BUCKET, useS3Server } from '../../../support/s3-server.ts';
import { storedLater } from '../../../support/stored-later.ts';

const Bucket = TEST_BUCKET;

async function useLeftovers(t: TestContext, uploads: Readonly<Record<string, readonly number[]>>) {
  const server = await useS3Server(t);
  const client = useBucketClient(t, server);
  for (const [Key, sizes] of Object.entries(uploads)) {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    for (const [index, size] of sizes.entries()) {
      const part = { Bucket, Key, UploadId, PartNumber: index + 1, Body: Buffer.alloc(size) };
      await client.send(new UploadPartCommand(part));
    }
  }
  const workplace = useWorkplace(t);
  const run = (...args: string[]) =>
    runCli(workplace, ['cleanup', ...args], { env: serverEnvironment(server) });
  return { server, client, run, workplace };
}

test('aborts uploads that are old enough, below the prefix only, and reports the freed size', async (t) => {
  const { client, run } = await useLeftovers(t, { 'a/one': [1000, 2000], 'a/two': [], 'b/three': [5] });
  const { code, stdout, stderr } = await run('--prefix', 'a', '--older-than', '0s');
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^Unfinished uploads in s3:\/\/test-bucket\/a\/\n/);
  assert.match(stdout, /\n {2}aborted +3 kB +2 parts {2}begun 20\S+Z {2}a\/one\n/);
  assert.match(stdout, /\n {2}aborted +0 B +0 parts {2}begun 20\S+Z {2}a\/two\n/);
  assert.match(stdout, /\n2 aborted, 3 kB freed\n$/);
  assert.deepEqual(await unfinishedUploads(client), ['b/three']);
});

test('leaves uploads younger than a week, and says that it looked at the whole bucket', async (t) => {
  const { client, run } = await useLeftovers(t, { one: [1] });
  const { code, stdout } = await run();
  assert.equal(code, 0);
  assert.match(
    stdout,
    /test-bucket\/ \(the whole bucket\)\n {2}left .*\n0 aborted, 0 B freed; 1 left: younger than 7d\n$/,
  );
  assert.deepEqual(await unfinishedUploads(client), ['one']);
});

test('a dry run with nothing to do reports nothing as done', async (t) => {
  const { run } = await useLeftovers(t, { one: [1] });
  const { code, stdout } = await run('--dry-run');
  assert.equal(code, 0);
  assert.match(stdout, /\n0 would be aborted; 1 left: younger than 7d\n$/);
});

test('a dry run aborts nothing', async (t) => {
  const { server, client, run } = await useLeftovers(t, { one: [1] });
  const { code, stdout } = await run('--dry-run', '--older-than', '0s');
  assert.equal(code, 0);
  assert.match(stdout, /would abort .* one\n1 would be aborted, which frees 1 B\n$/);
  assert.equal(server.requests.of('AbortMultipartUpload').length, 0);
  assert.deepEqual(await unfinishedUploads(client), ['one']);
});

test('with --json it prints one line for each upload, and nothing else', async (t) => {
  const { run } = await useLeftovers(t, { 'line\nbreak': [7, 8] });
  const { stdout } = await run('--json', '--older-than', '0s');
  const [line = '', ...others] = stdout.split('\n');
  assert.deepEqual(others, ['']);
  const { begun, upload_id, ...told } = JSON.parse(line);
  assert.match(begun, /^20.*Z$/);
  assert.match(upload_id, /./);
  assert.deepEqual(told, { key: 'line\nbreak', bytes: 15, parts: 2, outcome: 'aborted', reason: null });
});

test('an upload that cannot be aborted is reported, the others are aborted, and the exit code is 2', async (t) => {
  const { server, client, run } = await useLeftovers(t, { one: [1], two: [2] });
  server.faults.plan({
    operation: 'AbortMultipartUpload',
    key: 'one',
    do: { kind: 'error', status: 403, code: 'AccessDenied' },
  });
  const { code, stdout } = await run('--older-than', '0s');
  assert.equal(code, 2);
  assert.match(stdout, /failed .* one \(AbortMultipartUpload: AccessDenied.*\)\n/);
  assert.match(stdout, /\n1 aborted, 2 B freed; 1 could not be aborted\n$/);
  assert.deepEqual(await unfinishedUploads(client), ['one']);
});

test('an upload is aborted even if its parts cannot be counted', async (t) => {
  const { server, client, run } = await useLeftovers(t, { one: [1] });
  server.faults.plan({ operation: 'ListParts', do: { kind: 'error', status: 400, code: 'InvalidRequest' } });
  const { code, stdout } = await run('--older-than', '0s');
  assert.equal(code, 0);
  assert.match(stdout, /aborted +\? +\? parts .* one\n/);
  assert.deepEqual(await unfinishedUploads(client), []);
});

test('an upload is not aborted by age if the time of its last part is unknown', async (t) => {
  const aMinuteAgo = -60_000;
  const { server, client, run } = await storedLater(t, () => useLeftovers(t, { one: [1] }), aMinuteAgo);
  server.faults.plan({ operation: 'ListParts', do: { kind: 'error', status: 403, code: 'AccessDenied' } });
  const { code, stdout } = await run('--older-than', '10s');
  assert.equal(code, 2);
  assert.match(stdout, /failed +\? +\? parts .* one \(ListParts: AccessDenied.*\)\n/);
  assert.deepEqual(await unfinishedUploads(client), ['one']);
});

test('an upload that ends meanwhile is not reported', async (t) => {
  const { server, run } = await useLeftovers(t, { one: [1] });
  server.faults.plan({ operation: 'ListParts', do: { kind: 'error', status: 404, code: 'NoSuchUpload' } });
  const { code, stdout } = await run('--older-than', '0s');
  assert.equal(code, 0);
  assert.match(stdout, /\n0 aborted, 0 B freed\n$/);
});

for (const [what, status, code, error] of [
  ['may not be listed', 403, 'AccessDenied', /\[BUCKET_FORBIDDEN\]\n {2}Allow s3:ListBucketMultipartUploads/],
  ['cannot be listed', 501, 'NotImplemented', /\[ENDPOINT_ERROR\]/],
] as const) {
  test(`if unfinished uploads ${what}, an error says so`, async (t) => {
    const { server, run } = await useLeftovers(t, { one: [1] });
    server.faults.plan({ operation: 'ListMultipartUploads', do: { kind: 'error', status, code } });
    const result = await run();
    assert.equal(result.code, 1);
    assert.match(result.stderr, error);
  });
}

test('a wrong duration is refused with its value', async (t) => {
  const { run } = await useLeftovers(t, {});
  const wrong = await run('--older-than', 'a while');
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /--older-than is "a while"; use a duration: .*\[BAD_OPTION\]/);
});

for (const [works, cleans, isLocked] of [
  ['', '', true],
  ['office/', '', true],
  ['office/2026/', 'office', true],
  ['', 'office', true],
  ['office/', 'office2', false],
] as const) {
  const aborts = isLocked ? 'nothing is aborted' : 'what is old enough is aborted';
  test(`${aborts} below "${cleans}" while a run works below "${works}"`, async (t) => {
    const { server, client, run } = await useLeftovers(t, { 'office/one': [1], 'office2/two': [1] });
    // The same destination, spelled otherwise.
    const endpointUrl = server.endpoint.replace('127.0.0.1', 'LOCALHOST');
    const resources = [destinationResource({ endpointUrl, bucket: Bucket, prefix: works })];
    const release = await takeLocks({ resources, holder: { pid: 1, since: '', source: '', target: '' } });
    t.after(release);
    const { code, stderr } = await run('--older-than', '0s', '--prefix', cleans);
    assert.equal(code, isLocked ? 1 : 0);
    if (isLocked) assert.match(stderr, /\[LOCKED\]/);
    assert.deepEqual(await unfinishedUploads(client), ['office/one', ...(isLocked ? ['office2/two'] : [])]);
  });
}

const PROBE = '.s3-backup/probe-11111111-2222-4333-8444-555555555555';
const PROBE_BODY = 's3-backup tries whether it can write here\n';

test('removes the test objects of a killed status below the prefix, and says so', async (t) => {
  const { client, run } = await useLeftovers(t, { 'a/one': [1000] });
  for (const Key of [`a/${PROBE}`, PROBE, `b/${PROBE}`, 'a/.s3-backup/probe-x'])
    await client.send(new PutObjectCommand({ Bucket, Key, Body: PROBE_BODY }));
  const young = await run('--prefix', 'a');
  assert.match(young.stdout, /\n0 aborted, 0 B freed; 2 left: younger than 7d\n$/);
  const dry = await run('--prefix', 'a', '--older-than', '0s', '--dry-run');
  assert.match(dry.stdout, /\n {2}would remove +42 B .* a\/\.s3-backup\/probe-1111/);
  assert.match(
    dry.stdout,
    /\n1 would be aborted, which frees 1 kB; 1 object of `status` would be removed\n$/,
  );
  const { code, stdout, stderr } = await run('--prefix', 'a', '--older-than', '0s');
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /\n {2}removed +42 B .* written 20\S+Z {2}a\/\.s3-backup\/probe-1111/);
  assert.match(stdout, /\n1 aborted, 1 kB freed; 1 object of `status` removed\n$/);
  assert.deepEqual(await keysIn(client), [PROBE, 'a/.s3-backup/probe-x', `b/${PROBE}`].sort());
});

test('with --json a test object is a line without an upload, and one that cannot be removed is a failure', async (t) => {
  const { server, client, run } = await useLeftovers(t, {});
  await client.send(new PutObjectCommand({ Bucket, Key: PROBE, Body: PROBE_BODY }));
  const denied = { kind: 'error', status: 403, code: 'AccessDenied' } as const;
  server.faults.plan({ operation: 'DeleteObject', do: denied });
  const failed = await run('--older-than', '0s', '--json');
  assert.equal(failed.code, 2);
  const { reason, ...failure } = JSON.parse(failed.stdout);
  assert.match(reason, /AccessDenied/);
  assert.equal(failure.outcome, 'failed');
  const { stdout } = await run('--older-than', '0s', '--json');
  const { begun, ...told } = JSON.parse(stdout);
  assert.match(begun, /^20.*Z$/);
  const expected = { key: PROBE, upload_id: null, bytes: 42, parts: null, outcome: 'removed', reason: null };
  assert.deepEqual(told, expected);
});

test('removes temporary files that a killed run left beside its report and its MD5s', async (t) => {
  const { run, workplace } = await useLeftovers(t, {});
  const uuid = '11111111-2222-4333-8444-555555555555';
  const left = ['out/.report.json.', '.sums.'].map((name) => workplace.write(`${name}${uuid}.tmp`, '{'));
  workplace.write('config.yaml', 'report: { output_json: out/report.json, md5sums: sums }');
  const young = workplace.write(`.sums.${uuid.replace('1', '2')}.tmp`, '');
  const aWeekAgo = Date.now() / 1000 - 8 * 24 * 3600;
  for (const file of left) utimesSync(file, aWeekAgo, aWeekAgo);
  const dry = await run('--config', 'config.yaml', '--dry-run');
  assert.equal(dry.code, 0);
  assert.equal(workplace.names().length, 5);
  const { code, stdout, stderr } = await run('--config', 'config.yaml');
  assert.deepEqual([code, stderr], [0, '']);
  for (const file of left) assert.ok(stdout.includes(`  removed ${file}\n`), stdout);
  assert.deepEqual(
    workplace.names(),
    ['config.yaml', 'out', 'source', young.slice(workplace.cwd.length + 1)].sort(),
  );
  assert.equal((await run('--config', join(workplace.cwd, 'config.yaml'))).code, 0);
});
