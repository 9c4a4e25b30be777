import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownMaker, stateOfMaker } from '../../../src/source/claim-maker.ts';
import { DEAD, ELSEWHERE } from '../../support/claims.ts';

const LINUX = { skip: process.platform === 'linux' ? false : 'looks into /proc' };

function startOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[19]);
}

test('recognises its own claims, and those of another copy of this program in the same process', () => {
  assert.equal(stateOfMaker(ownMaker()), 'this program');
  assert.equal(stateOfMaker({ ...ownMaker(), instance: 'ffffffff' }), 'living');
});

test('says nothing about a process elsewhere, whatever process has its number here', () => {
  assert.equal(stateOfMaker(ELSEWHERE), 'elsewhere');
  assert.equal(stateOfMaker({ ...ownMaker(), place: '0123456789ab' }), 'elsewhere');
});

test('a process that does not exist is dead', () => {
  assert.equal(stateOfMaker(DEAD), 'dead');
});

test('another process lives until it ends', LINUX, async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const maker = { ...DEAD, pid: child.pid ?? 0, start: startOf(child.pid ?? 0) };
  assert.equal(stateOfMaker(maker), 'living');
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(stateOfMaker(maker), 'dead');
});

test('a later process of the same number is another one', LINUX, () => {
  assert.equal(stateOfMaker({ ...ownMaker(), start: ownMaker().start - 1, instance: 'ffffffff' }), 'dead');
});

test('a process that has ended but is still listed (zombie) is dead', LINUX, async (t) => {
  // The shell starts another process, becomes one that never asks after it, and so leaves it as a zombie.
  const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60']);
  t.after(() => parent.kill('SIGKILL'));
  const [output] = await once(parent.stdout, 'data');
  const pid = Number(output);
  const maker = { ...DEAD, pid, start: startOf(pid) };
  for (
    const end = Date.now() + 20_000;
    !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  ) {
    assert.ok(Date.now() < end, 'it never became a zombie');
    await sleep(20);
  }
  assert.equal(stateOfMaker(maker), 'dead');
});
