import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { type FileEntry, finishPlan, type ManifestEntry, ShardsMissing } from '../../../src/index.ts';
import { leaseKey } from '../../../src/lease/lease-key.ts';
import { LeaseObject } from '../../../src/lease/lease-object.ts';
import { LEASE_TIMES } from '../../../src/lease/lease-times.ts';
import { takeLease } from '../../../src/lease/take-lease.ts';
import { findLastSuccess } from '../../../src/manifest/last-success.ts';
import { openStore } from '../../../src/run/open-store.ts';
import { Store } from '../../../src/s3/store.ts';
import { ndjson } from '../../support/backed-up.ts';
import { bytesOf, keysIn } from '../../support/bucket.ts';
import { claimFolderOf, DEAD, ELSEWHERE, leaveClaimed } from '../../support/claims.ts';
import { restoreFrom } from '../../support/restore.ts';
import { fatesOf } from '../../support/run.ts';
import { TEST_BUCKET } from '../../support/s3-server.ts';
import { usePlannedMove } from '../../support/shards.ts';
import { namesIn, useFolder } from '../../support/tree.ts';

/** Files in three folders, with the content of their names. */
const FILES = Object.fromEntries(
  ['a', 'b', 'c'].flatMap((folder) => [1, 2, 3].map((n) => [`${folder}/${n}`, `${folder}${n}`])),
);
const PATHS = Object.keys(FILES).sort();
const MOVED = Object.fromEntries(PATHS.map((path) => [path, 'deleted']));

async function recordIn(client: Parameters<typeof bytesOf>[0], key: string) {
  const bytes = await bytesOf(client, key);
  const [head, ...lines] = ndjson(gunzipSync(bytes).toString());
  return { bytes, head, lines: lines as unknown as ManifestEntry[] };
}

test('a finished plan is one run that has every file once, also what a killed attempt moved', async (t) => {
  const { server, client, source, shardOf, killShard, runAll, finish, manifestKey, id } =
    await usePlannedMove(t, FILES, 3);
  const killed = await killShard(shardOf('b/1'), { include: ['b/1', 'b/2'] });
  assert.deepEqual([killed.deleted_files, namesIn(source).length], [2, 10]);
  await runAll();
  const report = await finish();
  assert.deepEqual(fatesOf(report), MOVED);
  assert.deepEqual(report.files.map(({ path }) => path).sort(), PATHS);
  const { exit_code, deleted_files, verified_files, manifest, interrupted, error } = report;
  assert.deepEqual([exit_code, deleted_files, verified_files, manifest], [0, 9, 9, manifestKey]);
  const { head, lines } = await recordIn(client, manifestKey);
  assert.deepEqual([head?.run, head?.entries, head?.interrupted, head?.error], [id, 9, interrupted, error]);
  const recorded = ({ path, key, size, md5, etag, fate, proof }: ManifestEntry | FileEntry) => ({
    path,
    key,
    size,
    md5,
    etag,
    fate,
    proof,
  });
  assert.deepEqual(lines.map(recorded), report.files.map(recorded));
  const to = useFolder(t);
  const restored = await restoreFrom(server, to, { prefix: 'p', run: id });
  assert.deepEqual([restored.exit_code, restored.counts.restored], [0, 9]);
  for (const path of PATHS) assert.equal(readFileSync(join(to, path), 'utf8'), FILES[path]);
});

test('a finished plan is from the time of the plan to the end of its last shard, and counts as the last success', async (t) => {
  const { options, runAll, finish, id } = await usePlannedMove(t, FILES, 2);
  await runAll();
  const { start_time, end_time, duration_seconds } = await finish();
  assert.equal(`${start_time.slice(0, 19).replace(/[-:]/g, '')}Z`, id.slice(0, 16));
  assert.equal(duration_seconds, (Date.parse(end_time) - Date.parse(start_time)) / 1000);
  const { bucket, endpointUrl, region, credentials } = options;
  const store = new Store({ bucket, endpointUrl, region, credentials });
  t.after(() => store.close());
  const { success, runs } = await findLastSuccess(store, 'p/');
  assert.deepEqual([success?.id, success?.files, success?.ended, runs], [id, 9, Date.parse(end_time), 1]);
});

test('a plan with missing shards is not finished: they are named, and nothing is stored or changed', async (t) => {
  const { client, source, options, id, shardOf, runShard, killShard } = await usePlannedMove(t, FILES, 3);
  const [a, b, c] = ['a/1', 'b/1', 'c/1'].map(shardOf);
  await runShard(a ?? 0);
  await killShard(b ?? 0, { include: ['b/1'] });
  const before = [await keysIn(client), namesIn(source)];
  await assert.rejects(finishPlan(options, id), (error: unknown) => {
    assert.ok(error instanceof ShardsMissing);
    assert.deepEqual([error.code, error.shards], ['SHARDS_MISSING', [b, c].sort()]);
    return true;
  });
  assert.deepEqual([await keysIn(client), namesIn(source)], before);
});

test('a shard that was stopped, or has ended at a limit, is missing until it has run again', async (t) => {
  const { runShard, finish } = await usePlannedMove(t, FILES, 2);
  await runShard(0);
  const stopped = await runShard(1, { maxTransferBytes: 2 });
  assert.equal(stopped.error?.code, 'MAX_TRANSFER');
  await assert.rejects(finish(), { code: 'SHARDS_MISSING', message: /, 1 has not ended: 1$/ });
  await runShard(1);
  assert.deepEqual(fatesOf(await finish()), MOVED);
});

test('a file that failed is named with its reason, until its shard has run again', async (t) => {
  const { server, runAll, runShard, shardOf, finish, manifestKey, client } = await usePlannedMove(
    t,
    FILES,
    3,
  );
  const fault = { kind: 'error', status: 403, code: 'AccessDenied', message: 'no luck' } as const;
  server.faults.plan({ operation: 'PutObject', key: 'p/b/2', do: fault });
  await runAll();
  const report = await finish();
  assert.deepEqual(fatesOf(report), { ...MOVED, 'b/2': 'failed UPLOAD_FAILED' });
  assert.deepEqual([report.exit_code, report.upload_errors.length], [2, 1]);
  assert.match(report.upload_errors[0]?.[1] ?? '', /^UPLOAD_FAILED: .*no luck/);
  await runShard(shardOf('b/2'));
  const again = await finish();
  assert.deepEqual([again.exit_code, fatesOf(again)], [0, MOVED]);
  const { lines } = await recordIn(client, manifestKey);
  assert.ok(lines.every(({ fate }) => fate === 'deleted'));
});

test('a file that failed and was then removed by somebody does not fail the plan for ever', async (t) => {
  const { server, source, runAll, runShard, shardOf, finish } = await usePlannedMove(t, FILES, 3);
  const fault = { kind: 'error', status: 403, code: 'AccessDenied' } as const;
  server.faults.plan({ operation: 'PutObject', key: 'p/c/3', do: fault });
  await runAll();
  rmSync(join(source, 'c/3'));
  assert.equal((await finish()).exit_code, 2);
  await runShard(shardOf('c/3'));
  const { 'c/3': _, ...others } = MOVED;
  assert.deepEqual(fatesOf(await finish()), others);
});

test('a plan that is finished twice has the same manifest, byte by byte', async (t) => {
  const { client, killShard, runAll, finish, manifestKey } = await usePlannedMove(t, FILES, 3);
  await killShard(0, { include: ['*/1'] });
  await runAll();
  await finish();
  const { bytes } = await recordIn(client, manifestKey);
  const before = await keysIn(client);
  const report = await finish();
  assert.deepEqual([report.exit_code, fatesOf(report)], [0, MOVED]);
  assert.deepEqual([await bytesOf(client, manifestKey), await keysIn(client)], [bytes, before]);
});

test('a finish whose manifest is not stored has failed, and can be repeated', async (t) => {
  const { server, client, runAll, finish, manifestKey } = await usePlannedMove(t, FILES, 2);
  await runAll();
  const before = await keysIn(client);
  const fault = { kind: 'error', status: 403, code: 'AccessDenied' } as const;
  server.faults.plan({ operation: 'PutObject', key: manifestKey, do: fault });
  const { error, exit_code, manifest } = await finish();
  assert.deepEqual([error?.code, exit_code, manifest], ['MANIFEST_FAILED', 1, null]);
  assert.deepEqual(await keysIn(client), before);
  assert.deepEqual(fatesOf(await finish()), MOVED);
});

test('a finish that is stopped stores no manifest', async (t) => {
  const { client, server, runAll, finish, manifestKey } = await usePlannedMove(t, FILES, 2);
  await runAll();
  const stop = new AbortController();
  const stopped = await finish({ signal: stop.signal, onEntry: () => stop.abort('SIGTERM') });
  assert.deepEqual([stopped.interrupted, stopped.exit_code, stopped.manifest], [true, 143, null]);
  const early = await finish({ signal: AbortSignal.abort('SIGINT') });
  assert.deepEqual([early.interrupted, early.exit_code, early.total_files], [true, 130, 0]);
  assert.ok(!(await keysIn(client)).includes(manifestKey));
  assert.equal(server.requests.filter(({ key }) => key === manifestKey).length, 0);
});

test('a folder at a cut that killed attempts have emptied is removed, and its parents', async (t) => {
  const files = { 'deep/down/1': 'x', 'deep/down/2': 'y', other: 'z' };
  const { source, killShard, runAll, finish } = await usePlannedMove(t, files, 3);
  // A killed attempt removes no folder.
  for (const index of [0, 1, 2]) await killShard(index, { removeEmptyDirectories: false });
  await runAll();
  mkdirSync(join(source, 'was-empty'));
  assert.ok(existsSync(join(source, 'deep/down')));
  const report = await finish();
  assert.deepEqual([namesIn(source), report.removed_folders], [['was-empty'], 2]);
});

test('emptied folders stay if the plan says so', async (t) => {
  const files = { 'deep/1': 'x' };
  const stay = () => ({ removeEmptyDirectories: false });
  const { source, runAll, finish } = await usePlannedMove(t, files, 1, stay);
  await runAll();
  assert.deepEqual([(await finish()).removed_folders, namesIn(source)], [0, ['deep']]);
});

test('a plan of several sources is finished with their prefixes in the paths', async (t) => {
  const several = (folder: string) => ({
    source: [{ folder: join(folder, 'a') }, { folder: join(folder, 'b'), prefix: 'x' }],
  });
  const files = { 'a/sub/1': '1', 'b/sub/2': '2', 'b/sub/3': '3' };
  const { source, ranges, killShard, runAll, finish } = await usePlannedMove(t, files, 3, several);
  for (const index of ranges.keys()) await killShard(index, { removeEmptyDirectories: false });
  await runAll();
  const report = await finish();
  assert.deepEqual(fatesOf(report), { 'a/sub/1': 'deleted', 'x/sub/2': 'deleted', 'x/sub/3': 'deleted' });
  assert.deepEqual([namesIn(source), report.removed_folders], [['a', 'b'], 2]);
});

for (const maker of [DEAD, ELSEWHERE]) {
  const where = maker === DEAD ? 'on this machine' : 'on another machine';
  test(`a file that a killed attempt ${where} had moved aside gets its name back, and its shard has to run again`, async (t) => {
    const { source, id, killShard, runAll, shardOf, finish, manifestKey, client } = await usePlannedMove(
      t,
      FILES,
      3,
    );
    const index = shardOf('b/2');
    await killShard(index, { include: ['b/*'] });
    await runAll();
    leaveClaim(source, claimFolderOf(maker, { plan: id, index }));
    await assert.rejects(finish(), { code: 'SHARDS_MISSING', shards: [index] });
    assert.deepEqual(namesIn(source), ['b', 'b/2']);
    assert.ok(!(await keysIn(client)).includes(manifestKey));
    await runAll();
    assert.deepEqual(fatesOf(await finish()), MOVED);
  });
}

test('a file that a run with the lease of its shard has moved aside stays there, and its shard has to run again', async (t) => {
  const { source, id, options, killShard, runAll, shardOf, finish } = await usePlannedMove(t, FILES, 3);
  const shard = { plan: id, index: shardOf('b/2') };
  await killShard(shard.index, { include: ['b/*'] });
  await runAll();
  const claim = claimFolderOf(ELSEWHERE, shard);
  leaveClaim(source, claim);
  const { store } = openStore(options, new AbortController().signal);
  t.after(() => store.close());
  const holder = { host: 'elsewhere', pid: 1, since: '2026-12-01T00:00:00.000Z' };
  const lease = await takeLease({
    object: new LeaseObject(store, leaseKey('p/', shard), holder),
    // The other run is seen to renew it soon, so that the test need not wait for that.
    times: { ...LEASE_TIMES, renewMs: 500 },
    onLost: () => assert.fail('it was taken away'),
  });
  try {
    await assert.rejects(finish(), { code: 'SHARDS_MISSING', shards: [shard.index] });
    assert.deepEqual(namesIn(source), ['b', `b/${claim}`, `b/${claim}/2`]);
  } finally {
    await lease.release();
  }
});

test('a file that cannot be put back makes its shard run again until a run has reported it', async (t) => {
  const { source, id, killShard, runShard, runAll, shardOf, finish } = await usePlannedMove(t, FILES, 3);
  const index = shardOf('b/2');
  await runAll();
  mkdirSync(join(source, 'b'));
  writeFileSync(join(source, 'b/2'), 'b2');
  await killShard(index, { include: ['b/2'] });
  leaveClaim(source, claimFolderOf(DEAD, { plan: id, index }));
  // Has other content than the object, and so stays.
  writeFileSync(join(source, 'b/2'), 'new');
  await assert.rejects(finish(), { code: 'SHARDS_MISSING', shards: [index] });
  await runShard(index);
  const { exit_code, upload_errors } = await finish();
  assert.equal(exit_code, 2);
  const codes = upload_errors.map(([, message]) => message.split(':')[0]);
  assert.deepEqual(codes.sort(), ['CLAIM_BLOCKED', 'OBJECT_EXISTS']);
});

/** Leaves b/2 as a run does that is killed between the claim and the deletion. */
function leaveClaim(source: string, folder: string): void {
  mkdirSync(join(source, 'b'), { recursive: true });
  writeFileSync(join(source, 'b/2'), 'b2');
  leaveClaimed(join(source, 'b/2'), folder);
}

test('a plan for other settings, and one that is not there, is not finished', async (t) => {
  const { options, runAll, finish } = await usePlannedMove(t, FILES, 2);
  await runAll();
  await assert.rejects(finish({ exclude: ['*.tmp'] }), { code: 'PLAN_MISMATCH' });
  await assert.rejects(finish({ prefix: 'q' }), { code: 'PLAN_NOT_FOUND' });
  await assert.rejects(finish({ dryRun: true }), { code: 'BAD_OPTION' });
  await assert.rejects(finishPlan(options, 'none'), { code: 'PLAN_NOT_FOUND' });
});

test('a record that is damaged ends the finish, and no manifest is stored', async (t) => {
  const { client, runShard, finish, manifestKey } = await usePlannedMove(t, FILES, 2);
  await runShard(0);
  const Key = (await runShard(1)).manifest ?? '';
  const Body = (await bytesOf(client, Key)).subarray(0, -12);
  // What tells that the run has ended is there.
  const Metadata = { 'run-files': '4', 'run-bytes': '8', 'run-failed': '0' };
  await client.send(new PutObjectCommand({ Bucket: TEST_BUCKET, Key, Body, Metadata }));
  const { error, exit_code } = await finish();
  assert.deepEqual([error?.code, exit_code], ['MANIFEST_UNREADABLE', 1]);
  assert.ok(!(await keysIn(client)).includes(manifestKey));
});
