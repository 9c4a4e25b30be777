import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unseenProcesses } from '../../../src/source/unseen-processes.ts';
import { useHelper } from '../../support/helper-process.ts';
import { asNobody } from '../../support/nobody.ts';

const LINUX = process.platform === 'linux' ? false : 'a /proc is on Linux only';
const AS_ROOT =
  LINUX || (process.getuid?.() === 0 ? false : 'only root can start a process for another user');

test('counts the processes of other users, which this user may not inspect', {
  skip: AS_ROOT,
}, async (t) => {
  await useHelper(t, [process.execPath, '-e', 'console.log(1); setInterval(() => {}, 1000)']);
  const [first = ''] = await asNobody(async () => unseenProcesses());
  assert.match(first, /^\d+ process(es)? that this user may not inspect$/);
});

test('says so if there is no /proc', { skip: !LINUX }, () => {
  assert.deepEqual(unseenProcesses(), ['all processes, since there is no /proc here']);
});
