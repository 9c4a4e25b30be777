import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryEntries, runBackup } from '../../../src/index.ts';
import { bytesOf, objectsIn, useBucketClient } from '../../support/bucket.ts';
import { entryFor, fatesOf, MIB, moveTo, optionsFor } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { addFiles, filesIn, namesIn, useFolder, useTree } from '../../support/tree.ts';

const CONTENT = 'what was read and uploaded';

interface Interference {
  readonly name: string;
  /** Runs after the upload and before the deletion, with the source and a folder outside of it. */
  readonly change: (source: string, outside: string) => void;
  readonly code: 'FILE_CHANGED' | 'DELETE_FAILED';
  /** What must be there afterwards, relative to the source. */
  readonly stays?: Readonly<Record<string, string>>;
}

const INTERFERENCES: readonly Interference[] = [
  {
    name: 'that was appended to',
    change: (source) => appendFileSync(join(source, 'sub/file'), '!'),
    code: 'FILE_CHANGED',
    stays: { 'sub/file': `${CONTENT}!` },
  },
  {
    name: 'that was overwritten with as many bytes and given its old mtime back',
    change: (source) => {
      const file = join(source, 'sub/file');
      const { atime, mtime } = statSync(file);
      writeFileSync(file, CONTENT.toUpperCase());
      utimesSync(file, atime, mtime);
    },
    code: 'FILE_CHANGED',
    stays: { 'sub/file': CONTENT.toUpperCase() },
  },
  {
    name: 'that was replaced by another file with the same bytes',
    change: (source) => {
      writeFileSync(join(source, 'new'), CONTENT);
      renameSync(join(source, 'new'), join(source, 'sub/file'));
    },
    code: 'FILE_CHANGED',
    stays: { 'sub/file': CONTENT },
  },
  {
    name: 'that was removed and written anew',
    change: (source) => {
      rmSync(join(source, 'sub/file'));
      writeFileSync(join(source, 'sub/file'), CONTENT);
    },
    code: 'FILE_CHANGED',
    stays: { 'sub/file': CONTENT },
  },
  {
    name: 'that was renamed',
    change: (source) => renameSync(join(source, 'sub/file'), join(source, 'sub/renamed')),
    code: 'FILE_CHANGED',
    stays: { 'sub/renamed': CONTENT },
  },
  {
    name: 'that got a second name',
    change: (source) => linkSync(join(source, 'sub/file'), join(source, 'sub/second')),
    code: 'FILE_CHANGED',
    stays: { 'sub/file': CONTENT, 'sub/second': CONTENT },
  },
  {
    name: 'whose mode was changed',
    change: (source) => chmodSync(join(source, 'sub/file'), 0o600),
    code: 'FILE_CHANGED',
    stays: { 'sub/file': CONTENT },
  },
  {
    name: 'that is gone',
    change: (source) => rmSync(join(source, 'sub/file')),
    code: 'FILE_CHANGED',
  },
  {
    name: 'in whose place a link to an equal file stands',
    change: (source, outside) => {
      rmSync(join(source, 'sub/file'));
      symlinkSync(join(outside, 'sub/file'), join(source, 'sub/file'));
    },
    code: 'FILE_CHANGED',
    stays: { 'sub/file': CONTENT },
  },
  {
    name: 'in whose place a folder stands',
    change: (source) => {
      rmSync(join(source, 'sub/file'));
      addFiles(source, { 'sub/file/inner': CONTENT });
    },
    code: 'FILE_CHANGED',
    stays: { 'sub/file/inner': CONTENT },
  },
  {
    name: 'whose folder was swapped for a link to a folder with an equal file',
    change: (source, outside) => {
      renameSync(join(source, 'sub'), join(source, 'sub-before'));
      symlinkSync(join(outside, 'sub'), join(source, 'sub'));
    },
    code: 'FILE_CHANGED',
    stays: { 'sub-before/file': CONTENT },
  },
  {
    name: 'whose folder was swapped for another with an equal file',
    change: (source) => {
      renameSync(join(source, 'sub'), join(source, 'sub-before'));
      addFiles(source, { 'sub/file': CONTENT });
    },
    code: 'FILE_CHANGED',
    stays: { 'sub-before/file': CONTENT, 'sub/file': CONTENT },
  },
  {
    name: 'whose folder was moved out of the source',
    change: (source, outside) => renameSync(join(source, 'sub'), join(outside, 'moved')),
    code: 'FILE_CHANGED',
  },
];

for (const { name, change, code, stays = {} } of INTERFERENCES) {
  test(`never deletes a file ${name} between upload and deletion`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { 'sub/file': CONTENT });
    const outside = useTree(t, { 'sub/file': CONTENT });
    server.faults.plan({ operation: 'HeadObject', do: { kind: 'call', run: () => change(source, outside) } });

    const report = await moveTo(server, source);

    assert.deepEqual(fatesOf(report), { 'sub/file': `failed ${code}` });
    assert.deepEqual([report.deleted_files, report.failed_deletions, report.exit_code], [0, 1, 2]);
    assert.equal(readFileSync(join(outside, 'sub/file'), 'utf8'), CONTENT);
    for (const [path, content] of Object.entries(stays)) {
      assert.equal(readFileSync(join(source, path), 'utf8'), content);
    }
    if (existsSync(join(outside, 'moved')))
      assert.equal(readFileSync(join(outside, 'moved/file'), 'utf8'), CONTENT);
    assert.equal((await bytesOf(useBucketClient(t, server), 'sub/file')).toString(), CONTENT);
  });
}

test('never deletes a large file that is appended to while its parts are sent', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { large: Buffer.alloc(11 * MIB, 'x') });
  server.faults.plan({
    operation: 'CompleteMultipartUpload',
    do: { kind: 'call', run: () => appendFileSync(join(source, 'large'), 'late') },
  });
  const report = await moveTo(server, source);
  assert.deepEqual(fatesOf(report), { large: 'failed FILE_CHANGED' });
  assert.equal(statSync(join(source, 'large')).size, 11 * MIB + 4);
});

test("deletes the file's own name, not other hard links", async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { 'a/one': CONTENT });
  const outside = useFolder(t);
  linkSync(join(source, 'a/one'), join(outside, 'other'));
  const report = await moveTo(server, source, { deleteHardLinks: true });
  assert.deepEqual(fatesOf(report), { 'a/one': 'deleted' });
  assert.deepEqual(namesIn(source), []);
  assert.equal(readFileSync(join(outside, 'other'), 'utf8'), CONTENT);
});

test('deletes nothing by default', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { 'a/one': '1', two: '2' });
  const { exit_code, counts } = await moveTo(server, source, { deleteAfterUpload: false });
  assert.deepEqual([exit_code, counts.kept], [0, 2]);
  assert.deepEqual(namesIn(source), ['a', 'a/one', 'two']);
});

test('removes the folders that it has emptied and no other', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, {
    top: '1',
    'emptied/deep/er/file': '2',
    'emptied/deep/file': '3',
    'was-empty/': '',
    'holds-empty/was-empty/': '',
    'holds-empty/file': '4',
    'holds-skipped/file': '5',
    'holds-skipped/stays.tmp': '6',
    'holds-link/file': '7',
    'newline\n"quote"/file': '8',
  });
  symlinkSync('nowhere', join(source, 'holds-link/link'));
  const report = await moveTo(server, source, { exclude: ['*.tmp'] });
  assert.deepEqual(namesIn(source), [
    'holds-empty',
    'holds-empty/was-empty',
    'holds-link',
    'holds-link/link',
    'holds-skipped',
    'holds-skipped/stays.tmp',
    'was-empty',
  ]);
  assert.equal(report.removed_folders, 4);
  assert.deepEqual([report.exit_code, report.deleted_files, report.counts.skipped], [0, 7, 2]);
});

test('keeps the source folder itself when everything in it is gone', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { only: 'x' });
  await moveTo(server, source);
  assert.deepEqual(namesIn(source), []);
  assert.ok(statSync(source).isDirectory());
});

test('keeps the emptied folders when it is told to', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { 'a/b/file': 'x' });
  const report = await moveTo(server, source, { removeEmptyDirectories: false });
  assert.deepEqual(namesIn(source), ['a', 'a/b']);
  assert.equal(report.removed_folders, 0);
});

test('keeps an emptied folder that was replaced by a link, and the target of the link', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { 'a/b/first': '1', zlast: '2' });
  const outside = useTree(t, { 'b/': '' });
  // The flush comes after the last file: by then `a` is a link to a folder that holds an empty folder `b`.
  server.faults.plan({
    operation: 'HeadObject',
    key: 'zlast',
    do: {
      kind: 'call',
      run: async () => {
        // Claimed and deleted.
        while (readdirSync(join(source, 'a/b')).length > 0) await sleep(5);
        rmSync(join(source, 'a'), { recursive: true });
        symlinkSync(outside, join(source, 'a'));
      },
    },
  });
  const report = await moveTo(server, source);
  assert.equal(entryFor(report, 'a/b/first').fate, 'deleted');
  assert.deepEqual(namesIn(outside), ['b']);
  assert.equal(report.removed_folders, 0);
});

test('a file that the system refuses to delete is kept and reported', async (t) => {
  const source = useTree(t, { 'a/locked': 'x', 'a/free': 'y' });
  const locked = join(source, 'a/locked');
  if (spawnSync('chattr', ['+i', locked]).status !== 0) {
    t.skip('chattr +i does not work here: not root, or a file system without it');
    return;
  }
  try {
    const server = await useS3Server(t);
    const report = await moveTo(server, source);
    assert.deepEqual(fatesOf(report), { 'a/locked': 'failed DELETE_FAILED', 'a/free': 'deleted' });
    assert.deepEqual(
      report.deletion_errors.map(([path]) => path),
      ['a/locked'],
    );
    assert.deepEqual([report.successful_uploads, report.failed_uploads, report.exit_code], [2, 0, 2]);
    assert.deepEqual([...filesIn(source).keys()], ['a/locked']);
  } finally {
    spawnSync('chattr', ['-i', locked]);
  }
});

test('moves odd names and every size class, and all bytes arrive', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, {
    empty: '',
    'a b/%2F +&=?#.txt': '1',
    'quote"\'`/back\\slash': '2',
    'new\nline\r\t\u0001': '3',
    '\u{1F600}/\u00e9 \u0065\u0301': '4',
    [`${'n'.repeat(251)}.bin`]: '5',
    '\uFFFD': '6',
    '...': '7',
    '-rf': '8',
    ' ': '9',
    large: Buffer.alloc(5 * MIB + 1, 'l'),
    'one part': Buffer.alloc(5 * MIB, 'p'),
  });
  mkdirSync(join(source, 'x'));
  const before = filesIn(source);
  const report = await moveTo(server, source, { prefix: 'pre/fix' });
  assert.deepEqual([report.deleted_files, report.exit_code], [before.size, 0]);
  assert.deepEqual(namesIn(source), ['x']);
  const objects = await objectsIn(useBucketClient(t, server));
  assert.equal(objects.size, before.size);
  for (const [path, bytes] of before) assert.ok(objects.get(`pre/fix/${path}`)?.equals(bytes), path);
});

test('a run that deletes whole file systems is refused', async (t) => {
  const server = await useS3Server(t);
  await assert.rejects(runBackup(optionsFor(server, '/', { deleteAfterUpload: true }), new MemoryEntries()), {
    name: 'BackupError',
    code: 'SOURCE_IS_ROOT',
  });
  assert.equal(server.requests.length, 0);
});
