import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { put, restore, verifyFiles } from '../../../src/index.ts';
import { assertBalanced } from '../../support/balanced.ts';
import { assertNothingLost, keysIn, objectsIn, useBucketClient } from '../../support/bucket.ts';
import { backupTo, moveTo, optionsFor } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { filesIn, namesIn, useFolder, useTree } from '../../support/tree.ts';

const FILES = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`${n}`, `content ${n}`]));
const MESSAGE = 'The run may take 1 s, and these are over.';

test('a move ends in order after its time: what is proved is deleted, and the next run continues', async (t) => {
  const server = await useS3Server(t);
  // Twelve files one after another take longer than a second on any machine.
  server.faults.plan({ operation: 'PutObject', times: 12, do: { kind: 'delay', ms: 250 } });
  const source = useTree(t, FILES);
  const before = filesIn(source);
  const report = await moveTo(server, source, { maxDurationSeconds: 1, concurrency: 1 });
  assertBalanced(report);
  assert.deepEqual([report.exit_code, report.interrupted], [2, false]);
  assert.deepEqual(report.error, { code: 'MAX_DURATION', message: MESSAGE });
  assert.ok(report.counts.deleted < 12);
  assert.equal(filesIn(source).size, 12 - report.counts.deleted);
  for (const { fate, code } of report.files)
    assert.ok(fate === 'deleted' || code === 'INTERRUPTED', `${fate} ${code}`);
  assertNothingLost(before, filesIn(source), await objectsIn(useBucketClient(t, server)));
  server.faults.clear();
  const next = await moveTo(server, source, { maxDurationSeconds: 3600 });
  assert.deepEqual([next.exit_code, next.error, namesIn(source)], [0, null, []]);
});

test('a restore, a verification and a stream end after their time, too', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, FILES);
  await backupTo(server, source);
  // The first answer takes longer than the run may.
  server.faults.plan({ operation: 'ListObjectsV2', times: 3, do: { kind: 'delay', ms: 1_200 } });
  const { bucket, endpointUrl, region, credentials } = optionsFor(server, source);
  const reached = { bucket, endpointUrl, region, credentials, maxDurationSeconds: 1 };
  const to = useFolder(t);
  const [restored, verified, stored] = await Promise.all([
    restore({ ...reached, to }),
    verifyFiles({ ...reached, source }, { onResult: () => undefined }),
    put({ ...reached, key: 'stream', input: Readable.from([Buffer.from('bytes')]) }),
  ]);
  for (const { exit_code, error } of [restored, verified, stored])
    assert.deepEqual([exit_code, error], [2, { code: 'MAX_DURATION', message: MESSAGE }]);
  assert.deepEqual(namesIn(to), []);
  assert.equal((await keysIn(useBucketClient(t, server))).includes('stream'), false);
});

test('a run does not wait longer for another run than it may take', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { file: 'content' });
  let goOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let isHeld: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    isHeld = resolve;
  });
  const run = async () => {
    isHeld();
    await held;
  };
  server.faults.plan({ operation: 'PutObject', do: { kind: 'call', run } });
  const first = backupTo(server, source);
  await begun;
  await assert.rejects(backupTo(server, source, { waitSeconds: 86_400, maxDurationSeconds: 1 }), {
    code: 'LOCKED',
  });
  goOn();
  assert.equal((await first).exit_code, 0);
});

test('a time that is none is refused before anything is touched', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: '1' });
  const { bucket, endpointUrl, region, credentials } = optionsFor(server, source);
  for (const maxDurationSeconds of [0, -1, 0.5, Number.NaN, 4e9]) {
    const refused = {
      code: 'BAD_OPTION',
      message: `maxDurationSeconds is ${maxDurationSeconds}; allowed are whole numbers from 1 to 3153600000.`,
    };
    await assert.rejects(moveTo(server, source, { maxDurationSeconds }), refused);
    const to = useFolder(t);
    await assert.rejects(
      restore({ bucket, endpointUrl, region, credentials, to, maxDurationSeconds }),
      refused,
    );
  }
  assert.equal(server.requests.length, 0);
});
