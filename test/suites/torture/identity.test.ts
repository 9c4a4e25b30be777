import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { overwrite } from '../../support/changes.ts';
import { usePlace } from '../../support/place.ts';
import { MIB } from '../../support/run.ts';

test('a file that grows for ever is given up after three passes, with every line', async (t) => {
  const place = await usePlace(t, { log: 'line\n' });
  const grow = () => {
    appendFileSync(place.path('log'), 'line\n');
    place.note('log');
  };
  for (const skip of [0, 1, 2]) place.at('PutObject', 'log', grow, skip);
  await place.judge(await place.move({ onChange: 'retry' }), { log: 'failed FILE_CHANGED' });
});

test('a large file that grows for ever leaves no parts behind', async (t) => {
  const place = await usePlace(t, { log: Buffer.alloc(6 * MIB, 'line\n') });
  const grow = () => {
    appendFileSync(place.path('log'), 'line\n');
    place.note('log');
  };
  for (const skip of [0, 2, 4]) place.at('UploadPart', 'log', grow, skip);
  await place.judge(await place.move({ onChange: 'retry' }), { log: 'failed FILE_CHANGED' });
});

test('a file with a second name is uploaded and kept, unless the user allows more', async (t) => {
  const place = await usePlace(t, { one: 'one inode' });
  linkSync(place.path('one'), place.path('two'));
  linkSync(place.path('one'), join(place.outside, 'three'));
  place.note('two');
  place.noteOutside();
  await place.judge(await place.move(), { one: 'kept HARD_LINK', two: 'kept HARD_LINK' });
  // The deletion of the first changes the ctime of the second: it is looked at once more.
  const report = await place.move({ deleteHardLinks: true, onChange: 'retry' });
  await place.judge(report, { one: 'deleted', two: 'deleted' });
});

test('a file that gets a second name while it is sent is not deleted', async (t) => {
  const place = await usePlace(t, { one: 'one inode' });
  place.at('PutObject', 'one', () => {
    linkSync(place.path('one'), join(place.outside, 'two'));
    place.noteOutside();
  });
  await place.judge(await place.move(), { one: 'failed FILE_CHANGED' });
});

for (const links of ['skip', 'follow'] as const) {
  test(`what links point to is never deleted (links: ${links})`, async (t) => {
    const place = await usePlace(t, { file: 'ours' });
    place.addOutside({ theirs: 'theirs', 'folder/inner': 'theirs, too' });
    symlinkSync(join(place.outside, 'theirs'), place.path('to-file'));
    symlinkSync(join(place.outside, 'folder'), place.path('to-folder'));
    symlinkSync('nowhere', place.path('dangling'));
    symlinkSync('.', place.path('loop'));
    if (links === 'follow') place.note('to-file');
    const report = await place.move({ links });
    await place.judge(report, {
      file: 'deleted',
      'to-file': links === 'follow' ? 'kept SYMBOLIC_LINK' : 'skipped SYMBOLIC_LINK',
      'to-folder': 'skipped SYMBOLIC_LINK',
      dangling: 'skipped SYMBOLIC_LINK',
      loop: 'skipped SYMBOLIC_LINK',
    });
    assert.equal(readlinkSync(place.path('to-file')), join(place.outside, 'theirs'));
  });
}

test('a followed link that is turned to another file while it is sent is not taken for it', async (t) => {
  const place = await usePlace(t);
  place.addOutside({ first: 'the first', second: 'the second' });
  symlinkSync(join(place.outside, 'first'), place.path('link'));
  place.note('link');
  place.at('PutObject', 'link', () => {
    rmSync(place.path('link'));
    symlinkSync(join(place.outside, 'second'), place.path('link'));
  });
  const report = await place.move({ links: 'follow' });
  assert.notEqual(report.counts.deleted, 1);
  await place.judge(report);
});

test('a folder that is moved elsewhere in the source during its upload keeps its file', async (t) => {
  const place = await usePlace(t, { 'old/file': 'bytes', stays: 'bytes too' });
  place.at('PutObject', 'old/file', () => {
    renameSync(place.path('old'), place.path('new'));
    place.forget('old/file');
    place.note('stays');
  });
  const report = await place.move({ onChange: 'retry' });
  const found = await place.judge(report);
  assert.equal(found.files.get('new/file')?.size, 5);
});

test('a file that comes into being beside the others during the run is left alone, and its folder with it', async (t) => {
  const place = await usePlace(t, { 'sub/old': 'old' });
  place.at('HeadObject', 'sub/old', () => writeFileSync(place.path('sub/new'), 'new'));
  const report = await place.move();
  const found = await place.judge(report, { 'sub/old': 'deleted' });
  assert.equal(found.files.get('sub/new')?.size, 3);
});

test('a folder takes the place of a file while it is sent', async (t) => {
  const place = await usePlace(t, { file: 'bytes' });
  place.at('PutObject', 'file', () => {
    rmSync(place.path('file'));
    mkdirSync(place.path('file'));
    writeFileSync(place.path('file/inner'), 'inner');
    place.forget('file');
  });
  const report = await place.move({ onChange: 'retry' });
  const found = await place.judge(report);
  assert.equal(found.files.get('file/inner')?.size, 5);
});

test('a file whose rights change while it is sent is not deleted at once', async (t) => {
  const place = await usePlace(t, { file: 'bytes' });
  place.at('PutObject', 'file', () => chmodSync(place.path('file'), 0o400));
  await place.judge(await place.move(), { file: 'failed FILE_CHANGED' });
});

test('a large file that is overwritten from end to end while it is read is stored as one of both or not at all', async (t) => {
  for (const onChange of ['fail', 'retry'] as const) {
    // More than the parts that are read ahead, so that the last ones would be of the new content.
    const place = await usePlace(t, { large: Buffer.alloc(42 * MIB, 'old content ') });
    place.at('UploadPart', 'large', () => {
      overwrite(place.path('large'), Buffer.alloc(42 * MIB, 'NEW content '));
      place.note('large');
    });
    const report = await place.move({ onChange });
    await place.judge(report, { large: onChange === 'fail' ? 'failed FILE_CHANGED' : 'deleted' });
  }
});
