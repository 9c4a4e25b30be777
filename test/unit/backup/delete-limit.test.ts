import assert from 'node:assert/strict';
import { appendFileSync, linkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import chain from 'stream-chain';
import { allowedDeletions, withinLimit } from '../../../src/backup/delete-limit.ts';
import { silent } from '../../../src/core/logger.ts';
import { pass, type Selected } from '../../../src/flow/item.ts';
import { RunControl } from '../../../src/flow/run-control.ts';
import { Store } from '../../../src/s3/store.ts';
import { sourceRoot } from '../../../src/source/root.ts';
import { compare } from '../../../src/stages/compare.ts';
import { deleteSource } from '../../../src/stages/delete-source.ts';
import { hash } from '../../../src/stages/hash.ts';
import { upload } from '../../../src/stages/upload.ts';
import { verify } from '../../../src/stages/verify.ts';
import { keysIn, useBucketClient } from '../../support/bucket.ts';
import { reachOf } from '../../support/cat.ts';
import { backupTo, fatesOf, moveTo } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { endsOf, openOf, through } from '../../support/stages.ts';
import { namesIn, useTree } from '../../support/tree.ts';

const FOUR = { a: '1', b: '2', 'c/d': '3', 'x.tmp': '4' };

for (const [limit, found, allowed] of [
  [0, 10, 0],
  [7, 3, 7],
  ['0%', 10, 0],
  ['10%', 99, 9],
  ['33.4%', 1000, 334],
  ['100%', 5, 5],
] as const) {
  test(`of ${found} files ${limit} allows ${allowed} deletions`, () => {
    assert.equal(allowedDeletions(limit, found), allowed);
  });
}

for (const bad of [-1, 1.5, Number.NaN, '101%', '%', 'x%', '1e2%'] as never[]) {
  test(`no limit: ${bad}`, () => {
    assert.throws(() => allowedDeletions(bad, 10), { code: 'BAD_OPTION', message: /^maxDelete is / });
  });
}

for (const maxDelete of [2, '50%'] as const) {
  test(`a move of more files than ${maxDelete} sends and deletes nothing`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, FOUR);
    const report = await moveTo(server, source, { maxDelete, exclude: ['*.tmp'] });
    assert.deepEqual(report.error, {
      code: 'MAX_DELETE',
      message: `The move would delete 3 of 4 files here; the limit is ${maxDelete}.`,
    });
    assert.equal(report.exit_code, 1);
    assert.deepEqual(await keysIn(useBucketClient(t, server)), []);
    assert.deepEqual(namesIn(source), ['a', 'b', 'c', 'c/d', 'x.tmp']);
  });
}

test('a dry run of such a move shows all files, and then says so, too', async (t) => {
  const report = await moveTo(await useS3Server(t), useTree(t, FOUR), { maxDelete: 3, dryRun: true });
  assert.equal(report.error?.message, 'The move would delete 4 of 4 files here; the limit is 3.');
  assert.deepEqual([report.exit_code, report.planned?.files], [1, 4]);
  const within = await moveTo(await useS3Server(t), useTree(t, FOUR), { maxDelete: 4, dryRun: true });
  assert.deepEqual([within.exit_code, within.planned?.files], [0, 4]);
});

test('a move within the limit works as usual, also with a list, and a copy has no limit', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, FOUR);
  assert.equal((await backupTo(server, source, { maxDelete: 0 })).exit_code, 0);
  const list = { input: Readable.from(['a\nb\n']) };
  assert.deepEqual(fatesOf(await moveTo(server, source, { maxDelete: 2, list })), {
    a: 'deleted',
    b: 'deleted',
  });
  assert.equal((await moveTo(server, source, { maxDelete: '100%' })).counts.deleted, 2);
});

for (const maxDelete of [1, '100%'] as const) {
  test(`of a list that was moved before only existing files are counted (${maxDelete})`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { a: '1', b: '2', late: '3' });
    const listed = (paths: string) => ({ list: { input: Readable.from([paths]) } });
    await moveTo(server, source, listed('a\nb\n'));
    const report = await moveTo(server, source, { maxDelete, ...listed('a\nb\nlate\n') });
    assert.deepEqual(fatesOf(report), {
      a: 'skipped MOVED_BEFORE',
      b: 'skipped MOVED_BEFORE',
      late: 'deleted',
    });
  });
}

test('missing files of a list do not raise the number that a share allows', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: '1', b: '2' });
  const list = { input: Readable.from(['a\nb\ngone-1\ngone-2\n']) };
  const { error } = await moveTo(server, source, { maxDelete: '50%', list });
  assert.equal(error?.message, 'The move would delete 2 of 2 files here; the limit is 50%.');
});

test('files that a move keeps are not counted: those with other hard links, links, rule files', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { one: '1', '.rules': 'nothing\n', file: '2' });
  linkSync(join(source, 'one'), join(source, 'other'));
  symlinkSync('file', join(source, 'link'));
  const options = { links: 'store', ignoreFile: '.rules', maxDelete: 1 } as const;
  const all = await moveTo(server, source, { ...options, deleteHardLinks: true });
  assert.equal(all.error?.message, 'The move would delete 3 of 5 files here; the limit is 1.');
  const report = await moveTo(server, source, options);
  assert.deepEqual(fatesOf(report), {
    '.rules': 'kept RULE_FILE',
    file: 'deleted',
    link: 'kept SYMBOLIC_LINK',
    one: 'kept HARD_LINK',
    other: 'kept HARD_LINK',
  });
});

for (const processes of [1, 2]) {
  test(`a file whose other hard links go during the run counts before it is deleted (${processes})`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { one: '1', three: '3' });
    linkSync(join(source, 'one'), join(source, 'two'));
    const unlink = () => rmSync(join(source, 'two'), { force: true });
    server.faults.plan({ operation: 'PutObject', key: 'one', times: 9, do: { kind: 'call', run: unlink } });
    const report = await moveTo(server, source, { maxDelete: 1, processes, onChange: 'retry' });
    assert.equal(report.counts.deleted, 1);
    assert.equal(
      report.error?.message,
      'The move has found more than 1 files to delete here; the limit is 1.',
    );
    assert.deepEqual(namesIn(source), ['one']);
    const again = await moveTo(server, source, { maxDelete: 1, processes });
    assert.deepEqual(fatesOf(again), { one: 'deleted' });
  });
}

test('a file of a list that comes after the limit has looked for it is not deleted before it counts', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: '1' });
  const root = sourceRoot(source);
  const control = new RunControl();
  t.after(() => control.close());
  const limit = withinLimit({ allowed: 1, limit: 1, admitted: 0 }, control);
  const files = ['a', 'late'].map((path) => pass({ root, path, key: path }));
  const limited = await through<Selected>(limit, files);
  writeFileSync(join(source, 'late'), '2');
  const store = new Store(reachOf(server));
  t.after(() => store.close());
  const stages = chain([
    hash<Selected>(),
    compare({ store, overwrite: 'never' }),
    upload({ store }),
    verify({ store }),
    deleteSource({ enabled: true, onlyCounted: true }),
  ]);
  assert.deepEqual(endsOf(await through(stages, limited)), { a: 'deleted', late: 'failed FILE_CHANGED' });
  assert.deepEqual(namesIn(source), ['late']);
});

test('a file that changes during the run counts once', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: '1', b: '2' });
  const change = () => appendFileSync(join(source, 'a'), '1');
  server.faults.plan({ operation: 'PutObject', key: 'a', do: { kind: 'call', run: change } });
  const report = await moveTo(server, source, { maxDelete: 2, onChange: 'retry' });
  assert.deepEqual([report.error, fatesOf(report)], [null, { a: 'deleted', b: 'deleted' }]);
});

for (const options of [{ maxDelete: 5 }, { keyFolding: 'case' }] as const) {
  test(`a signal ends the counting of a list that does not end (${Object.keys(options)})`, async (t) => {
    const stop = new AbortController();
    const input = new Readable({
      read() {
        this.push('a\n');
        // Nothing more comes.
        this._read = () => setImmediate(() => stop.abort('SIGINT'));
      },
    });
    const source = useTree(t, { a: '1' });
    const report = await moveTo(await useS3Server(t), source, {
      ...options,
      list: { input },
      signal: stop.signal,
    });
    assert.deepEqual([report.exit_code, report.error, report.interrupted], [130, null, true]);
    assert.ok(input.destroyed);
    assert.deepEqual(namesIn(source), ['a']);
  });

  test(`a list that breaks off while it is counted ends the run (${Object.keys(options)})`, async (t) => {
    const input = Readable.from(
      (async function* () {
        yield 'a\n';
        throw new Error('gone');
      })(),
    );
    const source = useTree(t, { a: '1' });
    const report = await moveTo(await useS3Server(t), source, { ...options, list: { input } });
    assert.deepEqual([report.exit_code, report.error?.code], [1, 'LIST_UNREADABLE']);
    assert.deepEqual(namesIn(source), ['a']);
  });
}

test('files that come after the count end the run at the limit; links and files that are gone do not count', async (t) => {
  const control = new RunControl();
  const root = sourceRoot(useTree(t, { a: '', b: '', c: '', d: '' }));
  const files = ['a', 'link', 'gone', 'b', 'c', 'd'].map((path) =>
    pass({ root, path, key: path, link: path === 'link' ? ('store' as const) : undefined }),
  );
  const items = await through<Selected>(
    withinLimit({ allowed: 2, limit: '50%', admitted: 0 }, control),
    files,
  );
  control.close();
  assert.deepEqual(
    openOf(items).map(({ path }) => path),
    ['a', 'link', 'gone', 'b'],
  );
  assert.deepEqual(endsOf(items), { c: 'failed RUN_FAILED', d: 'failed RUN_FAILED' });
  assert.equal(control.failure?.code, 'MAX_DELETE');
  assert.match(control.failure?.message ?? '', /found more than 2 files to delete here; the limit is 50%/);
});

test('a run with nothing to back up ends with an error if it is told to, and else succeeds', async (t) => {
  const server = await useS3Server(t);
  const empty = useTree(t, { 'folder/': '' });
  const excluded = useTree(t, { 'a.tmp': '1' });
  const message = { code: 'NOTHING_FOUND', message: `Nothing to back up: there is no file in ${empty}.` };
  const failing = await moveTo(server, empty, { failIfEmpty: true });
  assert.deepEqual([failing.error, failing.exit_code], [message, 1]);
  const none = await backupTo(server, excluded, { failIfEmpty: true, exclude: ['*.tmp'], dryRun: true });
  assert.equal(none.error?.message, 'Nothing to back up: 1 file found, all skipped.');
  const gone = { input: Readable.from(['x']) };
  await moveTo(server, useTree(t, { x: '1' }));
  const moved = await moveTo(server, empty, { failIfEmpty: true, list: gone });
  assert.equal(moved.error?.message, 'Nothing to back up: 1 file in the list, all skipped.');
  const list = { input: Readable.from(['']) };
  const listed = await backupTo(server, excluded, { failIfEmpty: true, list });
  assert.equal(listed.error?.message, 'Nothing to back up: the list names no file.');
  assert.equal((await backupTo(server, excluded, { failIfEmpty: true, dryRun: true })).exit_code, 0);
  assert.equal((await backupTo(server, excluded, { failIfEmpty: true })).exit_code, 0);
  assert.equal((await backupTo(server, empty)).exit_code, 0);
});

test('an empty source and a pattern without a match cause warnings, an empty list does not', async (t) => {
  const server = await useS3Server(t);
  const warnings: string[] = [];
  const logger = { ...silent, warn: (_fields: unknown, message: string) => warnings.push(message) };
  const source = useTree(t, FOUR);
  const exclude = ['b', 'B'];
  await backupTo(server, source, { logger, include: ['a', '*.pfd'], exclude, ownFiles: ['/log'] });
  assert.deepEqual(warnings.splice(0), [
    'nothing in the whole run matched include "*.pfd"',
    'nothing in the whole run matched exclude "B"',
  ]);
  await backupTo(server, useTree(t, {}), { logger });
  assert.match(warnings.splice(0).join(), /^nothing to back up: there is no file in /);
  await backupTo(server, source, { logger, exclude, list: { input: Readable.from(['']) } });
  assert.deepEqual(warnings, []);
});
