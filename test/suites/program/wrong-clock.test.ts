/** The clock of this machine is wrong, and the store's is right. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { ndjson, useBackedUp } from '../../support/backed-up.ts';
import { bytesOf, keysIn } from '../../support/bucket.ts';
import { start, useProgram } from '../../support/program.ts';
import { TEST_BUCKET } from '../../support/s3-server.ts';

const program = useProgram();
const MINUTE = 60_000;
const YEAR = 365 * 86_400_000;
const LOCKED = 'locked-bucket';
const RUNS = 'office/.s3-backup/runs/';

async function usePlace(t: TestContext, files: Readonly<Record<string, string | Buffer>>) {
  const place = await useBackedUp(t, files, 'not-yet');
  await place.client.send(new CreateBucketCommand({ Bucket: LOCKED, ObjectLockEnabledForBucket: true }));
  /** Runs the program by a clock that is so far ahead. */
  const runAt = (aheadMs: number, argv: readonly string[], env: NodeJS.ProcessEnv = {}) => {
    const preload = new URL('../../support/preload/shifted-clock.mjs', import.meta.url).href;
    const clock = { NODE_OPTIONS: `--import ${preload}`, CLOCK_AHEAD_MS: String(aheadMs) };
    const { workplace } = place;
    return start([process.execPath, program.bin, ...argv], {
      workplace,
      env: { ...place.env, ...clock, ...env },
    }).ended;
  };
  return { ...place, runAt };
}

const FILES = { small: 'small', large: Buffer.alloc(11 * 1024 * 1024, 'large') };
const RETENTION = {
  S3_BUCKET_NAME: LOCKED,
  backup_s3__object_lock_mode: 'GOVERNANCE',
  backup_s3__object_lock_retention: '1h',
};

describe("objects are locked by the store's clock", { concurrency: 2 }, () => {
  for (const more of [
    { backup_transfer__transport: 'auto' },
    { backup_transfer__transport: 'sdk' },
    { backup_transfer__processes: '2' },
  ]) {
    const how = Object.values(more).join();

    for (const aheadMs of [2 * MINUTE, -2 * MINUTE]) {
      it(`if ours is ${aheadMs / MINUTE} minutes ahead (${how})`, async (t) => {
        const { runAt, client } = await usePlace(t, FILES);
        const before = Date.now();
        const { code, stderr } = await runAt(aheadMs, [], { ...RETENTION, ...more });
        assert.equal(code, 0, stderr);
        for (const name of Object.keys(FILES)) {
          const head = new HeadObjectCommand({ Bucket: LOCKED, Key: `office/${name}` });
          const { ObjectLockRetainUntilDate: until } = await client.send(head);
          const [least, most] = [before + 3_600_000 - 3_000, Date.now() + 3_600_000 + 3_000];
          assert.ok(Number(until) >= least && Number(until) <= most, `${name}: ${until?.toISOString()}`);
        }
      });
    }

    // At 15 minutes S3 refuses each process's first request, which is corrected before anything else.
    for (const aheadMs of how === '2' ? [7 * MINUTE] : [20 * MINUTE, -7 * MINUTE]) {
      it(`and nothing is stored or deleted if ours is ${aheadMs / MINUTE} minutes ahead (${how})`, async (t) => {
        const { runAt, client, workplace, server } = await usePlace(t, FILES);
        const { code, stderr } = await runAt(aheadMs, ['--delete-after-upload'], { ...RETENTION, ...more });
        assert.equal(code, 1, stderr);
        assert.match(stderr, /the clock is \d+ s (ahead of|behind) the store's.*CLOCK_SKEW/s);
        assert.deepEqual(Object.keys(workplace.tree()).sort(), Object.keys(FILES).sort());
        assert.deepEqual(
          server.requests.filter(({ operation }) => /^(Put|Create|Upload)/.test(operation ?? '')).length,
          1,
          'the test itself has made the bucket',
        );
        assert.deepEqual(await keysIn(client), []);
      });
    }
  }

  it('and objects without a lock are stored by any clock', async (t) => {
    const { runAt, client } = await usePlace(t, FILES);
    assert.equal((await runAt(20 * MINUTE, [])).code, 0);
    assert.equal((await keysIn(client)).length, 2);
  });
});

describe('the age of the last success', { concurrency: 2 }, () => {
  for (const aheadMs of [YEAR, -YEAR]) {
    it(`is by the store's clock if ours is ${aheadMs / YEAR} years ahead`, async (t) => {
      const { run, runAt } = await usePlace(t, { a: 'a' });
      await run(['--manifest']);
      // The store tells its time in whole seconds, and the run has just ended.
      const { code, stdout } = await runAt(aheadMs, ['status', '--max-age', '1h']);
      assert.match(stdout, /^S3-BACKUP OK - .* \| age=\d{1,3}s;;3600;0 /);
      assert.equal(code, 0);
    });
  }
});

describe('the latest run', { concurrency: 2 }, () => {
  for (const aheadMs of [10 * YEAR, -3 * YEAR]) {
    it(`has an id by the store's clock if ours is ${aheadMs / YEAR} years ahead`, async (t) => {
      const { runAt, client, run, workplace } = await usePlace(t, { a: 'first' });
      assert.equal((await run(['--manifest'])).code, 0);
      workplace.write('source/b', 'second');
      // The store tells its time in whole seconds, so the id of a run may be a second early.
      await sleep(2_000);
      const { code, stderr } = await runAt(aheadMs, ['--manifest']);
      assert.equal(code, 0, stderr);
      const ids = (await keysIn(client)).filter((key) => key.startsWith(RUNS));
      const year = new Date().getUTCFullYear();
      assert.equal(ids.length, 2);
      for (const id of ids) assert.match(id, new RegExp(`/(${year - 1}|${year}|${year + 1})\\d{4}T`));
      await run(['restore', '--run', 'latest', '--to', 'back']);
      assert.equal(workplace.read('back/b'), 'second');
    });
  }

  it('is not the one that a wrong clock has dated ten years ahead', async (t) => {
    const { client, run, workplace } = await usePlace(t, { a: 'first' });
    assert.equal((await run(['--manifest'])).code, 0);
    const [key = ''] = (await keysIn(client)).filter((each) => each.startsWith(RUNS));
    const id = key.slice(RUNS.length, -'.ndjson.gz'.length);
    const wrong = `${Number(id.slice(0, 4)) + 10}${id.slice(4)}`;
    const Body = gzipSync(
      gunzipSync(await bytesOf(client, key))
        .toString()
        .replace(id, wrong),
    );
    await client.send(new PutObjectCommand({ Bucket: TEST_BUCKET, Key: key.replace(id, wrong), Body }));
    assert.deepEqual(
      latest(await run(['restore', '--run', 'latest', '--to', 'x', '--dry-run', '--output-json', '-'])),
      wrong,
    );
    workplace.write('source/b', 'second');
    assert.equal((await run(['--manifest'])).code, 0);
    const found = latest(
      await run(['restore', '--run', 'latest', '--to', 'x', '--dry-run', '--output-json', '-']),
    );
    assert.notEqual(found, wrong);
    const listed = ndjson<{ run: string }>((await run(['runs', '--json'])).stdout).map((each) => each.run);
    assert.ok(listed.includes(found) && listed.at(-1) === wrong, listed.join());
  });

  it('is that of the latest beginning in a copy of the bucket, whose objects were written in any order', async (t) => {
    const { client, run, workplace } = await usePlace(t, { a: 'first' });
    for (const name of ['b', 'c']) {
      workplace.write(`source/${name}`, name);
      assert.equal((await run(['--manifest'])).code, 0);
      // Ids have whole seconds.
      await sleep(1_000);
    }
    const keys = await keysIn(client);
    await client.send(new CreateBucketCommand({ Bucket: 'copy-bucket' }));
    for (const Key of keys.toReversed()) {
      const CopySource = `${TEST_BUCKET}/${encodeURIComponent(Key)}`;
      await client.send(new CopyObjectCommand({ Bucket: 'copy-bucket', Key, CopySource }));
    }
    await run(['restore', '--bucket', 'copy-bucket', '--run', 'latest', '--to', 'back']);
    assert.equal(workplace.read('back/c'), 'c');
  });
});

function latest({ stdout }: { readonly stdout: string }): string {
  return JSON.parse(stdout).run;
}
