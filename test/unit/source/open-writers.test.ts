import assert from 'node:assert/strict';
import { closeSync, linkSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findWriters, nameOf } from '../../../src/source/open-writers.ts';
import { sourceRoot } from '../../../src/source/root.ts';
import { SourceFile } from '../../../src/source/source-file.ts';
import { useHelper, useOpenWriter } from '../../support/helper-process.ts';
import { runScript } from '../../support/run-script.ts';
import { useTree } from '../../support/tree.ts';

const LINUX = process.platform === 'linux' ? false : 'writers can be seen on Linux only';

/** After that, a look begins at once. */
const LONGEST_PAUSE_MS = 300;

/** Which of the files something can write to. */
async function written(folder: string, ...names: string[]): Promise<string[]> {
  const files = names.map((name) => ({ name, stats: statSync(join(folder, name), { bigint: true }) }));
  const found = await findWriters(files.map(({ stats }) => stats));
  return files.filter(({ stats }) => found.has(nameOf(stats))).map(({ name }) => name);
}

/** How many a process may open; Node.js raises its own limit to that. */
function descriptorLimit(): number {
  const [, hard = ''] =
    /^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return Number(hard);
}

function useOpen(t: TestContext, path: string, flags: string): void {
  const descriptor = openSync(path, flags);
  t.after(() => closeSync(descriptor));
}

test('finds the files that another process has open for writing, not those that it reads', {
  skip: LINUX,
}, async (t) => {
  const folder = useTree(t, { written: '1', read: '2', closed: '3' });
  await useOpenWriter(t, join(folder, 'written'));
  const read = `require('node:fs').openSync(process.argv[1]); console.log('ready'); setInterval(() => {}, 1000)`;
  await useHelper(t, [process.execPath, '-e', read, join(folder, 'read')]);
  assert.deepEqual(await written(folder, 'written', 'read', 'closed'), ['written']);
});

test('finds a file under its other name, and one that was moved since it was opened', {
  skip: LINUX,
}, async (t) => {
  const folder = useTree(t, { linked: '1', moved: '2' });
  await useOpenWriter(t, join(folder, 'linked'));
  await useOpenWriter(t, join(folder, 'moved'));
  linkSync(join(folder, 'linked'), join(folder, 'other-name'));
  renameSync(join(folder, 'moved'), join(folder, 'elsewhere'));
  assert.deepEqual(await written(folder, 'other-name', 'elsewhere'), ['other-name', 'elsewhere']);
});

test('finds files that this process has open for writing, but not the source files that it reads', {
  skip: LINUX,
}, async (t) => {
  const folder = useTree(t, { ours: '1', read: '2', appended: '3', both: '4' });
  const root = sourceRoot(folder);
  for (const path of ['ours', 'both']) {
    const file = SourceFile.open({ root, path });
    t.after(() => file.close());
  }
  useOpen(t, join(folder, 'read'), 'r');
  useOpen(t, join(folder, 'appended'), 'a');
  useOpen(t, join(folder, 'both'), 'r+');
  assert.deepEqual(await written(folder, 'ours', 'read', 'appended', 'both'), ['appended', 'both']);
});

test('a call during a look is answered by the next look', {
  skip: LINUX,
}, async (t) => {
  const early = Array.from({ length: 64 }, (_, n) => `early-${n}`);
  const folder = useTree(t, Object.fromEntries([...early, 'late'].map((name) => [name, 'x'])));
  await sleep(LONGEST_PAUSE_MS);
  const before = written(folder, ...early);
  // The thread has its request by then, and is looking.
  await new Promise((done) => setImmediate(done));
  useOpen(t, join(folder, 'late'), 'a');
  const after = Promise.all([written(folder, 'late'), written(folder, ...early)]);
  assert.deepEqual(await before, []);
  assert.deepEqual(await after, [['late'], []]);
});

test('calls that come soon after a look wait for each other', { skip: LINUX }, async (t) => {
  const file = statSync(join(useTree(t, { one: 'x' }), 'one'), { bigint: true });
  await findWriters([file]);
  const second = findWriters([file]);
  await new Promise((done) => setImmediate(done));
  const third = findWriters([file]);
  assert.equal(second, third);
  await third;
});

test('a look for many files does not block the event loop', { skip: LINUX }, async (t) => {
  const names = Array.from({ length: 64 }, (_, n) => `file-${n}`);
  const folder = useTree(t, Object.fromEntries(names.map((name) => [name, 'x'])));
  let turns = 0;
  const counting = setInterval(() => {
    turns += 1;
  });
  await written(folder, ...names);
  clearInterval(counting);
  assert.ok(turns > 0);
});

test('a long look for one file does not block the event loop', { skip: LINUX }, async (t) => {
  const folder = useTree(t, { file: '1' });
  const script = `
    const fs = require('node:fs');
    for (let n = 0; n < 10_000; n++) fs.openSync('/dev/null');
    console.log('ready');
    setInterval(() => {}, 1000);`;
  if (descriptorLimit() < 10_100) return t.skip('too few descriptors may be opened');
  for (let n = 0; n < 4; n++) await useHelper(t, [process.execPath, '-e', script]);
  const { stdout, stderr } = await runScript(
    t,
    `const { openSync, statSync } = await import('node:fs');
    const { findWriters } = await load('source/open-writers.ts');
    const stats = statSync(args[0], { bigint: true });
    openSync(args[0], 'a');
    let turns = 0;
    const counting = setInterval(() => { turns += 1; });
    // Of CPU, as a busy machine may stop the process in between.
    const begin = process.cpuUsage();
    const { size } = await findWriters([stats]);
    const { user, system } = process.cpuUsage(begin);
    console.log(size, turns > 0 || user + system < 150_000);
    clearInterval(counting);`,
    { args: [join(folder, 'file')] },
  );
  assert.equal(stdout.trim(), '1 true', stderr);
});

test('many files are looked for at once', { skip: LINUX }, async (t) => {
  const names = Array.from({ length: 500 }, (_, n) => `file-${n}`);
  const folder = useTree(t, Object.fromEntries(names.map((name) => [name, 'x'])));
  const held = names.filter((_, n) => n % 50 === 0);
  for (const name of held) useOpen(t, join(folder, name), 'r+');
  assert.deepEqual(await written(folder, ...names), held);
});

test('waits until there are descriptors again', { skip: LINUX }, async (t) => {
  const folder = useTree(t, { file: '1' });
  const { stdout, stderr } = await runScript(
    t,
    `const { closeSync, openSync, statSync } = await import('node:fs');
    const { findWriters } = await load('source/open-writers.ts');
    const [file] = args;
    const stats = statSync(file, { bigint: true });
    await findWriters([stats]);
    openSync(file, 'a');
    const all = [];
    try { for (;;) all.push(openSync('/dev/null')); } catch {}
    setTimeout(() => { for (const one of all) closeSync(one); }, 800);
    console.log((await findWriters([stats])).size);`,
    { args: [join(folder, 'file')] },
  );
  assert.equal(stdout.trim(), '1', stderr);
});
