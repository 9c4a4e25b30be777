import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { S3Server } from '../../../src/s3-server/index.ts';
import { useBucketClient } from '../../support/bucket.ts';
import { serverEnvironment, useWorkplace, type Workplace } from '../../support/cli-context.ts';
import { contentOf, lookAtBucket, lookAtDisk, rawPath } from '../../support/findings.ts';
import { Ledger } from '../../support/ledger.ts';
import { untilAsking } from '../../support/locks.ts';
import { start, useProgram } from '../../support/program.ts';
import { useS3Server } from '../../support/s3-server.ts';

const program = useProgram();
const FILES = { one: 'first', two: 'second', three: 'third' };

function move(workplace: Workplace, server: S3Server, ...more: string[]) {
  const source = more.includes('--source') ? [] : ['--source', workplace.source];
  const prefix = more.includes('--prefix') ? [] : ['--prefix', 'moved'];
  const args = ['run', '--delete-after-upload', ...prefix, ...source, ...more];
  const command = [process.execPath, program.bin, ...args];
  return start(command, { workplace, env: serverEnvironment(server) });
}

/** Holds the first request that carries a file, so that its run is at work for as long as is needed. */
function holdFirst(server: S3Server): { readonly held: Promise<void>; readonly letGo: () => void } {
  let [arrive, letGo] = [() => {}, () => {}];
  const held = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const gone = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const run = () => {
    arrive();
    // A test that fails before it lets go must not hold up the end of its server.
    return Promise.race([gone, delay(120_000)]).then(() => undefined);
  };
  server.faults.plan({ operation: 'PutObject', do: { kind: 'call', run } });
  return { held, letGo };
}

function ledgerOf(workplace: Workplace): Ledger {
  const ledger = new Ledger('moved/');
  for (const [name, text] of Object.entries(workplace.tree()))
    ledger.note(rawPath(name), contentOf(Buffer.from(text, 'latin1')));
  return ledger;
}

const ENDPOINTS = {
  'as the first names it': (endpoint: string) => endpoint,
  'by another name of this machine': (endpoint: string) => `${endpoint.replace('127.0.0.1', 'LocalHost')}/`,
};

for (const [what, folder, prefix, endpoint] of [
  ['the same source and destination', 'source', 'moved', 'as the first names it'],
  ['another source with the same destination', 'other', 'moved', 'as the first names it'],
  ['another source with the same destination', 'other', 'moved', 'by another name of this machine'],
  ['another source with a prefix inside', 'other', 'moved/2026', 'as the first names it'],
  ['another source with the whole bucket', 'other', '', 'as the first names it'],
  ['a folder in the source with another prefix', 'source/sub', 'elsewhere', 'as the first names it'],
  ['a folder that holds the source with another prefix', '.', 'elsewhere', 'as the first names it'],
] as const) {
  test(`a second run on ${what}, ${endpoint}, is refused and told which process is at work`, async (t) => {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t, { ...FILES, 'sub/four': 'fourth' });
    workplace.write('other/file', 'another source');
    const ledger = ledgerOf(workplace);
    const { held, letGo } = holdFirst(server);
    const first = move(workplace, server);
    await held;
    const where = ['--source', `${workplace.cwd}/${folder}`, '--prefix', prefix];
    const url = ENDPOINTS[endpoint](server.endpoint);
    const second = await move(workplace, server, ...where, '--endpoint-url', url).ended;
    assert.equal(second.code, 1);
    assert.match(second.stderr, new RegExp(`process ${first.child.pid} since .*\\[LOCKED\\]`, 's'));
    assert.equal(workplace.read('other/file'), 'another source');
    letGo();
    assert.equal((await first.ended).code, 0);
    const objects = await lookAtBucket(useBucketClient(t, server), 'moved/');
    const found = { ...lookAtDisk(workplace.source), objects, outside: new Map() };
    assert.deepEqual(ledger.losses(found), []);
  });
}

test('runs on two folders of one, to two prefixes of one, work at the same time', async (t) => {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a/one': 'first', 'b/two': 'second' });
  const { held, letGo } = holdFirst(server);
  const at = (name: string) => ['--source', `${workplace.source}/${name}`, '--prefix', `moved/${name}`];
  const first = move(workplace, server, ...at('a'));
  await held;
  const second = await move(workplace, server, ...at('b')).ended;
  assert.equal(second.code, 0, second.stderr);
  letGo();
  assert.equal((await first.ended).code, 0);
});

test('a restore into a folder of a source is refused while that is backed up', async (t) => {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, FILES);
  const { held, letGo } = holdFirst(server);
  const first = move(workplace, server);
  await held;
  const args = ['restore', '--to', `${workplace.source}/back`, '--prefix', 'elsewhere'];
  const command = [process.execPath, program.bin, ...args];
  const second = await start(command, { workplace, env: serverEnvironment(server) }).ended;
  assert.equal(second.code, 1);
  assert.match(second.stderr, /source \(which holds .*source\/back\): process .*\[LOCKED\]/);
  letGo();
  assert.equal((await first.ended).code, 0);
});

for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal} ends the waiting for another run at once`, async (t) => {
    const server = await useS3Server(t);
    const workplace = useWorkplace(t, FILES);
    const { held, letGo } = holdFirst(server);
    const first = move(workplace, server);
    await held;
    const second = move(workplace, server, '--wait', '1h');
    // By then it has its handlers.
    await untilAsking(second.child.pid);
    assert.equal(await Promise.race([second.ended.then(() => 'ended'), delay(200)]), 'waits');
    second.child.kill(signal);
    const { code, stderr } = await second.ended;
    letGo();
    assert.equal(code, exitCode);
    assert.match(stderr, /\[LOCKED\]/);
    assert.equal((await first.ended).code, 0);
  });
}

test('a second run that may wait does, and then finds nothing to do', async (t) => {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { one: 'first' });
  const { held, letGo } = holdFirst(server);
  const first = move(workplace, server);
  await held;
  const requests = server.requests.length;
  const second = move(workplace, server, '--wait', '30s');
  const early = await Promise.race([second.ended.then(() => 'ended'), delay(1_500)]);
  assert.equal(early, 'waits');
  assert.equal(server.requests.length, requests, 'it asks the store for nothing while it waits');
  letGo();
  assert.equal((await first.ended).code, 0);
  const { code, stdout } = await second.ended;
  assert.equal(code, 0, stdout);
  assert.deepEqual(workplace.tree(), {});
});

test('the lock of a run that was killed needs no human', async (t) => {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, FILES);
  const ledger = ledgerOf(workplace);
  const { held, letGo } = holdFirst(server);
  const first = move(workplace, server);
  await held;
  first.child.kill('SIGKILL');
  await first.ended;
  letGo();
  const next = await move(workplace, server).ended;
  assert.equal(next.code, 0, next.stderr);
  const objects = await lookAtBucket(useBucketClient(t, server), 'moved/');
  const found = { ...lookAtDisk(workplace.source), objects, outside: new Map() };
  assert.deepEqual(ledger.losses(found), []);
  assert.equal(found.files.size, 0);
});

function delay(milliseconds: number): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve('waits'), milliseconds).unref());
}
