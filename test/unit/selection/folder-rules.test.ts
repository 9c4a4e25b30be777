import assert from 'node:assert/strict';
import { chmodSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { FolderRules } from '../../../src/selection/folder-rules.ts';
import { sourceRoot } from '../../../src/source/root.ts';
import { PLANS } from '../../../src/stages/plan.ts';
import { keysIn, useBucketClient } from '../../support/bucket.ts';
import { asNobody } from '../../support/nobody.ts';
import { backupTo, entryFor, fatesOf, moveTo } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { type Files, namesIn, useTree } from '../../support/tree.ts';

const TAG = 'Signature: 8a477f597d28d172789f06886806bc55\n# made by a program';
const ignoreFile = '.s3backupignore';

test('ignore files are read only if their name is asked for', async (t) => {
  const source = useTree(t, { [ignoreFile]: '*', file: 'x' });
  const report = await backupTo(await useS3Server(t), source);
  assert.deepEqual(fatesOf(report), { [ignoreFile]: 'kept', file: 'kept' });
});

test('a move keeps files that ignore files exclude, and moves files that these include again', async (t) => {
  const source = useTree(t, {
    [ignoreFile]: 'build/\n*.log\n',
    'a.log': 'x',
    'build/x': 'x',
    [`deep/${ignoreFile}`]: '!kept.log\n/private',
    'deep/kept.log': 'x',
    'deep/other.log': 'x',
    'deep/private': 'x',
    'deep/er/private': 'x',
  });
  const report = await moveTo(await useS3Server(t), source, { ignoreFile, removeEmptyDirectories: false });
  assert.deepEqual(fatesOf(report), {
    [ignoreFile]: 'kept RULE_FILE',
    'a.log': 'skipped EXCLUDED',
    [`deep/${ignoreFile}`]: 'kept RULE_FILE',
    'deep/kept.log': 'deleted',
    'deep/other.log': 'skipped EXCLUDED',
    'deep/private': 'skipped EXCLUDED',
    'deep/er/private': 'deleted',
  });
});

for (const processes of [1, 2]) {
  test(`a move stores its ignore files and keeps them, so that the next one heeds them (processes: ${processes})`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, {
      [ignoreFile]: 'build/\n',
      'build/x': 'x',
      [`deep/${ignoreFile}`]: '*.log\n',
      'deep/a.log': 'x',
    });
    const options = { ignoreFile, processes };
    const dry = await moveTo(server, source, { ...options, dryRun: true });
    for (const path of [ignoreFile, `deep/${ignoreFile}`])
      assert.equal(entryFor(dry, path).reason, PLANS.keep);
    for (const round of [1, 2]) {
      const report = await moveTo(server, source, options);
      assert.equal(report.exit_code, 0);
      assert.deepEqual(
        fatesOf(report),
        {
          [ignoreFile]: 'kept RULE_FILE',
          [`deep/${ignoreFile}`]: 'kept RULE_FILE',
          'deep/a.log': 'skipped EXCLUDED',
        },
        `round ${round}`,
      );
    }
    assert.ok(namesIn(source).includes('build/x'));
    assert.deepEqual(await keysIn(useBucketClient(t, server)), [ignoreFile, `deep/${ignoreFile}`]);
  });
}

test('the ignore files of every folder above apply to the files of a list', async (t) => {
  const source = useTree(t, { [ignoreFile]: 'out/', 'out/er/x': 'x', 'in/x': 'x' });
  const list = { input: Readable.from([Buffer.from('out/er/x\nin/x\n')]) };
  const report = await backupTo(await useS3Server(t), source, { ignoreFile, list });
  assert.deepEqual(fatesOf(report), { 'out/er/x': 'skipped EXCLUDED', 'in/x': 'kept' });
});

const BROKEN: readonly (readonly [string, Files, ((source: string) => void)?])[] = [
  ['a line is no rule', { [`a/${ignoreFile}`]: 'fine\n[z-a]\n' }],
  ['it is not UTF-8', { [`a/${ignoreFile}`]: Buffer.from([0xe9]) }],
  ['it is a folder', { [`a/${ignoreFile}/x`]: '' }],
  ['it is a link', {}, (source) => symlinkSync('/etc/passwd', join(source, 'a', ignoreFile))],
  [
    'it is too large',
    { [`a/${ignoreFile}`]: '' },
    (source) => truncateSync(join(source, 'a', ignoreFile), 2 ** 21),
  ],
];
for (const [what, files, change] of BROKEN) {
  test(`files under an unusable ignore file fail, and no others (${what})`, async (t) => {
    const source = useTree(t, { 'a/b/secret': 'x', 'c/fine': 'x', ...files });
    change?.(source);
    const report = await moveTo(await useS3Server(t), source, { ignoreFile });
    const fates = fatesOf(report);
    assert.equal(fates['a/b/secret'], 'failed RULES_UNUSABLE');
    assert.equal(fates['c/fine'], 'deleted');
    assert.ok(namesIn(source).includes('a/b/secret'));
    assert.doesNotMatch(JSON.stringify(report), /root:/);
    assert.match(
      report.files.find(({ path }) => path === 'a/b/secret')?.reason ?? '',
      /a\/\.s3backupignore: /,
    );
  });
}

for (const [what, options, name] of [
  ['rules', { ignoreFile }, ignoreFile],
  ['a cache', { excludeIfPresent: ['CACHEDIR.TAG'] }, 'CACHEDIR.TAG'],
] as const) {
  test(`files fail if it is unknown whether their folder has ${what}`, async (t) => {
    const root = sourceRoot(useTree(t, { [`a/${name}`]: TAG, 'a/x': '', 'b/x': '', y: '' }));
    const folder = join(root.path, 'a');
    for (const path of [root.path, folder]) chmodSync(path, 0o755);
    const judged = async (path: string) => new FolderRules(root, options).ofFile(path)?.kind;
    chmodSync(join(folder, name), 0);
    assert.deepEqual(await asNobody(() => Promise.all(['a/x', 'b/x', 'y'].map(judged))), [
      'broken',
      undefined,
      undefined,
    ]);
    chmodSync(folder, 0o644);
    assert.equal(await asNobody(() => judged('a/x')), 'broken');
    chmodSync(folder, 0o755);
  });
}

test('a cache tag counts whatever its size', (t) => {
  const root = sourceRoot(useTree(t, { 'a/CACHEDIR.TAG': TAG.padEnd(2 ** 21), 'a/x': '' }));
  const rules = new FolderRules(root, { excludeIfPresent: ['CACHEDIR.TAG'] });
  assert.equal(rules.ofFile('a/x')?.kind, 'excluded');
});

test('folders with a mark are left out whole; CACHEDIR.TAG counts only with its signature', async (t) => {
  const source = useTree(t, {
    'cache/CACHEDIR.TAG': TAG,
    'cache/deep/x': 'x',
    'fake/CACHEDIR.TAG': 'not one',
    'fake/x': 'x',
    'marked/.nobackup': '',
    'marked/x': 'x',
    x: 'x',
  });
  const excludeIfPresent = ['CACHEDIR.TAG', '.nobackup'];
  const report = await moveTo(await useS3Server(t), source, { excludeIfPresent });
  assert.deepEqual(fatesOf(report), { 'fake/CACHEDIR.TAG': 'deleted', 'fake/x': 'deleted', x: 'deleted' });
  assert.deepEqual(namesIn(source), [
    'cache',
    'cache/CACHEDIR.TAG',
    'cache/deep',
    'cache/deep/x',
    'marked',
    'marked/.nobackup',
    'marked/x',
  ]);
});
