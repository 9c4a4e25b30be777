import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { S3Server } from '../../../src/s3-server/index.ts';
import { useBucketClient } from '../../support/bucket.ts';
import { serverEnvironment, useWorkplace, type Workplace } from '../../support/cli-context.ts';
import { contentOf, lookAtBucket, lookAtDisk, rawPath } from '../../support/findings.ts';
import { Ledger } from '../../support/ledger.ts';
import { withMount } from '../../support/mounts.ts';
import { start, useProgram } from '../../support/program.ts';
import { useS3Server } from '../../support/s3-server.ts';

const program = useProgram();
const NOBODY = 65_534;

const MANY = Object.fromEntries(
  Array.from({ length: 150 }, (_, index) => [`folder-${index % 7}/file-${index}`, `content ${index}`]),
);

function move(workplace: Workplace, server: S3Server, more: readonly string[], uid?: number) {
  const args = ['run', '--delete-after-upload', '--prefix', 'moved', '--source', workplace.source, ...more];
  const input = { workplace, env: serverEnvironment(server), ...(uid !== undefined && { uid }) };
  return start([process.execPath, program.bin, ...args], input).ended;
}

function ledgerOf(workplace: Workplace): Ledger {
  const ledger = new Ledger('moved/');
  for (const [name, text] of Object.entries(workplace.tree()))
    ledger.note(rawPath(name), contentOf(Buffer.from(text, 'latin1')));
  return ledger;
}

async function look(t: TestContext, server: S3Server, { source }: Workplace) {
  const objects = await lookAtBucket(useBucketClient(t, server), 'moved/');
  return { ...lookAtDisk(source), objects, outside: new Map() };
}

test('a disk that is full for log and report ends with an error about the report, and loses nothing', async (t) => {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, MANY);
  const ledger = ledgerOf(workplace);
  const point = join(workplace.root, 'full');
  await withMount(t, point, ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs'], async () => {
    const report = join(point, 'report.json');
    const outputs = ['--log-file', join(point, 'log'), '--output-json', report];
    const { code, stderr } = await move(workplace, server, outputs);
    assert.equal(code, 1);
    assert.match(stderr, /ENOSPC|no space left/i);
    assert.match(stderr, /REPORT_NOT_WRITABLE/);
    assert.equal(existsSync(report), false, 'half a report is none');
  });
  const found = await look(t, server, workplace);
  assert.deepEqual(ledger.losses(found), []);
  assert.deepEqual(found.claimFolders, []);
});

test('a disk that is full for the log only is said once, and the run goes on to its end', async (t) => {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, MANY);
  const ledger = ledgerOf(workplace);
  const point = join(workplace.root, 'full');
  await withMount(t, point, ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs'], async () => {
    const { code, stderr } = await move(workplace, server, ['--log-file', join(point, 'log')]);
    assert.equal(code, 0, stderr);
    assert.equal(stderr.match(/ENOSPC/g)?.length, 1, stderr);
  });
  const found = await look(t, server, workplace);
  assert.deepEqual(ledger.losses(found), []);
  assert.equal(found.files.size, 0);
});

test('what an ordinary user may not read is failed and stays, and the rest is moved', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('only root can run the program as somebody else');
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { one: 'may be read', secret: 'may not', 'closed/inner': 'nor this' });
  const ledger = ledgerOf(workplace);
  for (const path of [workplace.source, 'one', 'secret', 'closed', 'closed/inner'])
    chownSync(join(workplace.source, path === workplace.source ? '' : path), NOBODY, NOBODY);
  chmodSync(join(workplace.source, 'secret'), 0);
  chmodSync(join(workplace.source, 'closed'), 0);
  const { code, stderr } = await move(workplace, server, [], NOBODY);
  assert.equal(code, 2, stderr);
  assert.match(stderr, /UNREADABLE/);
  const found = await look(t, server, workplace);
  assert.deepEqual(ledger.losses(found), []);
  assert.deepEqual([...found.files.keys()].sort(), ['closed/inner', 'secret']);
  assert.deepEqual([...found.objects.keys()], ['moved/one']);
});
