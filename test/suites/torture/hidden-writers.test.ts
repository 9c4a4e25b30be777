import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chownSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Report } from '../../../src/index.ts';
import { findWriters, nameOf } from '../../../src/source/open-writers.ts';
import { compileProgram, hasCompiler } from '../../support/c-program.ts';
import { useHelper, useOpenWriter } from '../../support/helper-process.ts';
import { withMount } from '../../support/mounts.ts';
import { asNobody, NOBODY } from '../../support/nobody.ts';
import { type Place, usePlace } from '../../support/place.ts';
import { MIB } from '../../support/run.ts';
import { addFiles } from '../../support/tree.ts';

const LINUX = process.platform === 'linux' ? false : 'writers can be seen on Linux only';
const COMPILED = LINUX || (hasCompiler ? false : 'gcc is not installed');

/** Ways to hold a file of the program test/support/programs/writer.c. */
const HOLDERS = {
  'own-table': 'a thread with a table of descriptors of its own',
  'own-table-same-numbers': 'such a thread whose descriptor has the number of another one of the process',
  'own-table-large': 'such a thread with many descriptors',
  'own-table-stdout': 'such a thread as its standard output',
  'ended-main': 'a process whose main thread has ended',
  'ended-main-mapping': 'a mapping of a process whose main thread has ended',
  mapping: 'a mapping',
  'protected-mapping': 'a mapping that is read-only until it is used',
} as const;

for (const [way, who] of Object.entries(HOLDERS)) {
  test(`a file that is open for writing in ${who} is uploaded and kept`, { skip: COMPILED }, async (t) => {
    const place = await usePlace(t, { held: 'what was there', other: 'closed' });
    const holder = await useHelper(t, [compileProgram('writer', place.root), way, place.path('held')]);
    await place.judge(await place.move(), { held: 'kept OPEN_FOR_WRITING', other: 'deleted' });
    await holder.tell('write THIS');
    assert.match(readFileSync(place.path('held'), 'utf8'), /^THIS/);
  });
}

test('a file that each of many short-lived processes hands on to the next is kept', {
  skip: COMPILED,
}, async (t) => {
  const place = await usePlace(t, { held: 'what was there' });
  await useHelper(t, [compileProgram('writer', place.root), 'handed-on', place.path('held')]);
  // Every run looks at another moment of their lives.
  for (let run = 0; run < 20; run++) {
    await place.judge(await place.move(), { held: 'kept OPEN_FOR_WRITING' });
  }
});

test('a file behind a mounted loop device is kept, and what is written there reaches it', async (t) => {
  const place = await usePlace(t, { image: Buffer.alloc(2 * MIB), other: 'closed' });
  const made = spawnSync('mkfs.ext4', ['-q', place.path('image')], { encoding: 'utf8' });
  if (made.status !== 0) return t.skip(`mkfs.ext4: ${made.error?.message ?? made.stderr}`);
  const point = join(place.root, 'mounted');
  await withMount(t, point, ['-o', 'loop', place.path('image')], async () => {
    place.note('image');
    const fates = { image: /^(kept OPEN_FOR_WRITING|failed FILE_CHANGED)$/, other: 'deleted' };
    await place.judge(await place.move(), fates);
    writeFileSync(join(point, 'written'), 'what nobody may lose');
    assert.equal(spawnSync('umount', [point]).status, 0);
    assert.ok(readFileSync(place.path('image')).includes('what nobody may lose'));
  });
});

for (const [mode, fate] of [
  [[], 'kept OPEN_FOR_WRITING'],
  [['--read-only'], 'deleted'],
] as const) {
  test(`a file behind a loop device ${mode} is ${fate}`, async (t) => {
    const place = await usePlace(t, { image: Buffer.alloc(MIB, 'x') });
    const set = spawnSync('losetup', ['--find', '--show', ...mode, place.path('image')], {
      encoding: 'utf8',
    });
    if (set.status !== 0) return t.skip(`losetup: ${set.error?.message ?? set.stderr}`);
    t.after(() => spawnSync('losetup', ['--detach', set.stdout.trim()]));
    await place.judge(await place.move(), { image: fate });
  });
}

test('a file on btrfs that a process has mapped for writing is kept', { skip: COMPILED }, async (t) => {
  const place = await usePlace(t, {});
  const disk = join(place.root, 'disk');
  spawnSync('truncate', ['--size=128M', disk]);
  const made = spawnSync('mkfs.btrfs', ['-q', disk], { encoding: 'utf8' });
  if (made.status !== 0) return t.skip(`mkfs.btrfs: ${made.error?.message ?? made.stderr}`);
  await withMount(t, place.source, ['-o', 'loop', disk], () => keepsMapped(t, place));
});

test('a file on an overlay of two file systems that a process has mapped for writing is kept', {
  skip: COMPILED,
}, async (t) => {
  const place = await usePlace(t, {});
  // Otherwise all files of an overlay have the device that mappings name.
  const options = overlayIn(place.root, { more: ',xino=off' });
  await withMount(t, join(place.root, 'lower'), ['-t', 'tmpfs', 'tmpfs'], () =>
    withMount(t, place.source, options, () => keepsMapped(t, place)),
  );
});

test('a file in the upper folder of an overlay that a process has open through it is kept', {
  skip: LINUX,
}, async (t) => {
  const place = await usePlace(t, { open: 'what was there', other: 'closed' });
  const merged = join(place.root, 'merged');
  await withMount(t, merged, overlayIn(place.root, { upper: place.source }), async () => {
    await useOpenWriter(t, join(merged, 'open'));
    await place.judge(await place.move(), { open: 'kept OPEN_FOR_WRITING', other: 'deleted' });
  });
});

test('a file is put back if nobody can tell who writes to it', { skip: LINUX }, async (t) => {
  const place = await usePlace(t, { one: 'first' });
  if (spawnSync('prlimit', ['--version']).status !== 0) return t.skip('prlimit is not installed');
  const [, soft = ''] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  const script = 'echo ready; while read -r soft; do prlimit --pid $PPID --nofile=$soft:; echo done; done';
  const limits = await useHelper(t, ['sh', '-c', script]);
  // The last request before the deletion: all that this needs is open by then.
  place.at('HeadObject', 'one', () => limits.tell('3'));
  let report: Report;
  try {
    report = await place.move({ verify: 'head', concurrency: 1 });
  } finally {
    await limits.tell(soft);
  }
  await place.judge(report, { one: 'failed DELETE_FAILED' });
  assert.match(report.deletion_errors[0]?.[1] ?? '', /unknown whether .* open for writing: .*EMFILE/);
});

async function keepsMapped(t: TestContext, place: Place): Promise<void> {
  place.add({ mapped: 'what was there', other: 'closed' });
  const program = compileProgram('writer', place.root);
  const mapping = await useHelper(t, [program, 'mapping', place.path('mapped')]);
  await place.judge(await place.move(), { mapped: 'kept OPEN_FOR_WRITING', other: 'deleted' });
  await mapping.tell('write THIS');
  assert.match(readFileSync(place.path('mapped'), 'utf8'), /^THIS/);
  await mapping.end();
  if (process.getuid?.() !== 0) return;
  chownSync(place.path('mapped'), NOBODY, NOBODY);
  const ofNobody = await useHelper(t, [program, 'mapping', place.path('mapped')], { uid: NOBODY });
  const stats = statSync(place.path('mapped'), { bigint: true });
  // An ordinary user may not follow the links in map_files.
  assert.deepEqual([...(await asNobody(() => findWriters([stats])))], [nameOf(stats)]);
  await ofNobody.end();
  assert.deepEqual([...(await asNobody(() => findWriters([stats])))], []);
}

/** Options of mount(8) for an overlay. */
function overlayIn(root: string, { upper = join(root, 'upper'), more = '' } = {}): string[] {
  addFiles(root, { 'lower/': '', 'upper/': '', 'work/': '' });
  const folders = `lowerdir=${root}/lower,upperdir=${upper},workdir=${root}/work`;
  return ['-t', 'overlay', '-o', `${folders}${more}`, 'overlay'];
}
