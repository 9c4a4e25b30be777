import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { PREFIX, useBackedUp } from '../../../support/backed-up.ts';
import { TEST_BUCKET } from '../../../support/s3-server.ts';

const KMS = { ServerSideEncryption: 'aws:kms' } as const;

/** Objects below the prefix, and nothing else in the configuration. */
async function useObjects(t: TestContext, objects: Readonly<Record<string, string>> = {}) {
  const backedUp = await useBackedUp(t, {}, 'not-yet');
  for (const [path, body] of Object.entries(objects)) await backedUp.put(path, body);
  return backedUp;
}

test('the bytes of an object are on stdout, and nothing else anywhere', async (t) => {
  const { run } = await useObjects(t);
  assert.equal((await run(['put', 'db/a.sql'], { stdin: 'SELECT 1\0\n' })).code, 0);
  for (const word of ['db/a.sql', '/db/a.sql', 'db/*.sql']) {
    const { code, stdout, stderr } = await run(['cat', word]);
    assert.deepEqual([code, stdout, stderr], [0, 'SELECT 1\0\n', ''], word);
  }
});

test('a word without wildcards is a key, one with them a pattern; a backslash makes them literal', async (t) => {
  const { run } = await useObjects(t, {
    'a.txt': '1 ',
    'sub/a.txt': '2 ',
    'a[1].txt': '3 ',
    'a1.txt': '4 ',
    'b\\c': '5 ',
    'sub/b.txt': '6 ',
  });
  for (const [word, text] of [
    ['a.txt', '1 '],
    ['*.txt', '1 4 3 2 6 '],
    ['a[1].txt', '4 3 '],
    ['a\\[1\\].txt', '3 '],
    ['b\\\\c', '5 '],
    ['sub/', '2 6 '],
    ['/a.txt', '1 '],
    ['{a,sub/b}.txt', '1 6 '],
  ] as const)
    assert.equal((await run(['cat', word])).stdout, text, word);
});

test('an object that is not there is an error, with what to check', async (t) => {
  const { run } = await useObjects(t, { 'sub/a.txt': 'a' });
  for (const [word, message] of [
    ['a.txt', `There is no object a.txt in s3://${TEST_BUCKET}/${PREFIX}.`],
    ['*.pdf', `No object matches *.pdf in s3://${TEST_BUCKET}/${PREFIX}.`],
  ] as const) {
    const { code, stdout, stderr } = await run(['cat', word]);
    assert.deepEqual([code, stdout], [1, '']);
    assert.ok(stderr.includes(`${message} [NOTHING_TO_RESTORE]`), stderr);
    assert.match(stderr, /Check s3\.prefix, .*, --version-at and --run/);
  }
});

test('what is wrong is said on stderr, with the object and its code, and by exit code 2', async (t) => {
  const { run, put, server } = await useObjects(t);
  server.faults.plan({ operation: 'PutObject', key: `${PREFIX}b`, do: { kind: 'flip-byte' } });
  await put('a', 'of a ', KMS);
  await put('b', 'of b ');
  await put('c', 'of c ');
  const { code, stdout, stderr } = await run(['cat', '*']);
  assert.deepEqual([code, stdout], [2, 'of a ']);
  const [unproved = '', failed = '', ...others] = stderr.split('\n');
  assert.match(unproved, /WARN: object written without a proof: a: .* \[NOT_PROVED\]/);
  assert.match(failed, /ERROR: cat stopped: b: .*; nothing of it was written \[CONTENT_DIFFERS\]/);
  assert.deepEqual(others, ['']);
});

test('an object that cannot be proved is exit code 2, and 0 with --no-require-proof, and said in any case', async (t) => {
  const { run, put } = await useObjects(t);
  await put('a', 'a', KMS);
  for (const [flags, expected] of [
    [[], 2],
    [['--no-require-proof'], 0],
  ] as const) {
    const { code, stdout, stderr } = await run(['cat', 'a', ...flags]);
    assert.deepEqual([code, stdout], [expected, 'a']);
    assert.match(stderr, /a: .* \[NOT_PROVED\]/);
  }
});

test('--verbose says on stderr what was written; --quiet prints errors only', async (t) => {
  const { run, put } = await useObjects(t);
  await put('a', 'a', KMS);
  const verbose = await run(['cat', 'a', '--verbose']);
  assert.deepEqual([verbose.code, verbose.stdout], [2, 'a']);
  assert.match(verbose.stderr, /cat started.*\n.*written without a proof.*\n.*cat ended/);
  const quiet = await run(['cat', 'a', '--quiet']);
  assert.deepEqual([quiet.code, quiet.stdout, quiet.stderr], [2, 'a', '']);
});

test('a link that a pattern matches is left out, and said; its key names it', async (t) => {
  const { run } = await useObjects(t, { a: 'a', 'l.rclonelink': 'a' });
  const { code, stdout, stderr } = await run(['cat', '*']);
  assert.deepEqual([code, stdout], [0, 'a']);
  assert.match(stderr, /object left out: l\.rclonelink: .* \[EXCLUDED\]/);
  assert.equal((await run(['cat', 'l.rclonelink'])).stdout, 'a');
});

test('what a run stored is written with --run, and its manifest by its own key', async (t) => {
  const { run, workplace, put } = await useBackedUp(t, { a: 'first', b: 'b' }, ['--manifest']);
  await put('a', 'second');
  assert.equal((await run(['cat', 'b', '--run', 'latest'])).stdout, 'b');
  const replaced = await run(['cat', 'a', '--run', 'latest']);
  assert.deepEqual([replaced.code, replaced.stdout], [2, '']);
  assert.match(replaced.stderr, /OBJECT_REPLACED/);
  assert.equal((await run(['cat', 'a'])).stdout, 'second');
  const manifest = await run(['cat', '.s3-backup/runs/*']);
  assert.equal(manifest.code, 0);
  assert.ok(manifest.stdout.length > 0);
  assert.deepEqual(workplace.names(), ['source']);
});

test('words that are no key end before anything is sent', async (t) => {
  const { run, server } = await useObjects(t);
  for (const [argv, message] of [
    [['cat'], /cat needs KEY\|PATTERN/],
    [['cat', 'a', 'b'], /unexpected word "b"/],
    [['cat', ''], /pattern is ""/],
    [['cat', 's3://bucket/key'], /"s3:\/\/bucket\/key" is not a pattern; give --bucket and --prefix/],
    [['cat', 'a', '--run', 'latest', '--version-at', '2026-11-24'], /name two states/],
    [['cat', 'a', '--version-at', 'noon'], /versionAt is "noon"/],
  ] as const) {
    const { code, stdout, stderr } = await run(argv);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, message);
  }
  assert.equal(server.requests.length, 0);
});
