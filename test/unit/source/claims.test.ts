import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, linkSync, readFileSync, renameSync, rmdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { callNow } from '../../../src/files/calls.ts';
import { claimFolderName } from '../../../src/source/claim-name.ts';
import { claimRule, isLiveClaim } from '../../../src/source/claim-rule.ts';
import { ClaimPlace } from '../../../src/source/claims.ts';
import { sourceRoot } from '../../../src/source/root.ts';
import { openSourceFolder } from '../../../src/source/source-folder.ts';
import { scan } from '../../../src/stages/scan.ts';
import { DEAD, LEFT_CLAIMS, leaveClaimed } from '../../support/claims.ts';
import { disturb } from '../../support/system-calls.ts';
import { filesIn, namesIn, useTree } from '../../support/tree.ts';

const LINUX = { skip: process.platform === 'linux' ? false : 'looks into /proc' };

test('a claim is live from its first file until its place is closed, and then a leftover', async (t) => {
  const source = useTree(t, { one: 'first' });
  const folder = openSourceFolder(sourceRoot(source), '');
  const place = new ClaimPlace(folder);
  const claim = callNow(place.claim('one'));
  const [name = ''] = namesIn(source);
  assert.deepEqual([isLiveClaim(name), claim.isGone], [true, false]);
  assert.equal(claim.putBack(), true);
  await place.close();
  folder.close();
  assert.equal(isLiveClaim(name), false);
  assert.deepEqual(namesIn(source), ['one']);
});

test('a claim that another process puts back at the same time is not blocked', async (t) => {
  const source = useTree(t, { one: 'first' });
  const folder = openSourceFolder(sourceRoot(source), '');
  const place = new ClaimPlace(folder);
  const claim = callNow(place.claim('one'));
  disturb(t, { call: 'linkSync', when: 'before', act: () => linkSync(claim.path, join(source, 'one')) });
  assert.equal(claim.putBack(), true);
  await place.close();
  folder.close();
  assert.deepEqual(namesIn(source), ['one']);
});

test("another process's claims are live until it ends", LINUX, async (t) => {
  const child = spawn('sleep', ['60']);
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'latin1');
  const start = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  const live = claimFolderName({ ...DEAD, pid: child.pid ?? 0, start }, '0123456789abcdef');
  const source = useTree(t, { 'd/a': 'a', 'd/b': 'b', 'd/c': 'c' });
  leaveClaimed(join(source, 'd/a'), live);
  leaveClaimed(join(source, 'd/b'));
  const paths: string[] = [];
  for await (const item of scan({ source, recovers: true }))
    paths.push(item.settled ? `settled ${item.settlement.path}` : item.file.path);
  assert.deepEqual(paths.sort(), ['d/b', 'd/c']);
  assert.deepEqual([...filesIn(source).keys()].sort(), [`d/${live}/a`, 'd/b', 'd/c']);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(claimRule(live, undefined), 'put back');
});

test('files that are put back are found in the order of their keys', async (t) => {
  const source = useTree(t, { a: '1', 'b/x': '2', c: '3', 'd/y': '4', e: '5' });
  for (const name of ['a', 'c', 'b/x']) leaveClaimed(join(source, name));
  const paths: string[] = [];
  for await (const item of scan({ source, recovers: true, inKeyOrder: true }))
    paths.push(item.settled ? `settled ${item.settlement.path}` : item.file.path);
  assert.deepEqual(paths, ['a', 'b/x', 'c', 'd/y', 'e']);
  assert.equal(existsSync(join(source, LEFT_CLAIMS)), false);
});

test('a file that another process puts back at the same time is found', async (t) => {
  const source = useTree(t, { 'd/a': '1', 'd/b': '2' });
  const claimed = leaveClaimed(join(source, 'd/a'));
  const act = () => {
    renameSync(claimed, join(source, 'd/a'));
    rmdirSync(dirname(claimed));
  };
  disturb(t, {
    call: 'openSync',
    fits: (path) => basename(String(path)) === LEFT_CLAIMS,
    when: 'before',
    act,
  });
  const restored: string[] = [];
  const paths: string[] = [];
  for await (const item of scan({ source, recovers: true, onRestored: (path) => restored.push(path) }))
    paths.push(item.settled ? `settled ${item.settlement.path}` : item.file.path);
  assert.deepEqual([paths.sort(), restored], [['d/a', 'd/b'], []]);
});
