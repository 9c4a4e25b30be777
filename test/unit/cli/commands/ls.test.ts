import assert from 'node:assert/strict';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ndjson, PREFIX, useBackedUp } from '../../../support/backed-up.ts';
import { runCli, useWorkplace } from '../../../support/cli-context.ts';
import { start, useProgram } from '../../../support/program.ts';
import { TEST_BUCKET } from '../../../support/s3-server.ts';
import { useSimpleStore } from '../../../support/simple-store.ts';

const program = useProgram();
const MIB = 1024 * 1024;
const FILES = {
  'a.txt': 'a',
  'sub/b.pdf': 'bb',
  'sub/deep/c.txt': '',
  'large.bin': Buffer.alloc(11 * MIB, 'l'),
};

const paths = (stdout: string) => ndjson<{ path: string }>(stdout).map(({ path }) => path);

for (const transport of ['auto', 'sdk']) {
  describe(`ls with transport ${transport}`, () => {
    const env = { backup_transfer__transport: transport };

    it('shows every object once, in the order of the keys, with one request for all', async (t) => {
      const { run, server } = await useBackedUp(t, FILES, [], { env });
      server.requests.clear();
      const { code, stdout, stderr } = await run(['ls', '--json']);
      assert.deepEqual([code, stderr], [0, '']);
      const objects = ndjson(stdout).map(({ stored, etag, key, ...rest }) => {
        assert.match(String(stored), /^20\d\d-.*Z$/);
        assert.ok(Math.abs(Date.parse(String(stored)) - Date.now()) < 600_000);
        assert.equal(key, PREFIX + rest.path);
        assert.match(String(etag), /^[0-9a-f]{32}(-3)?$/);
        return rest;
      });
      assert.deepEqual(objects, [
        { path: 'a.txt', size: 1, class: 'STANDARD', proof: 'md5' },
        { path: 'large.bin', size: 11 * MIB, class: 'STANDARD', proof: 'parts-3' },
        { path: 'sub/b.pdf', size: 2, class: 'STANDARD', proof: 'md5' },
        { path: 'sub/deep/c.txt', size: 0, class: 'STANDARD', proof: 'md5' },
      ]);
      // One more makes sure that the bucket is there, before anything is said.
      assert.deepEqual(
        server.requests.map(({ operation }) => operation),
        ['ListObjectsV2', 'ListObjectsV2'],
      );
    });

    it('with --summary prints what there is by class and by age, with one request for all', async (t) => {
      const { run, server, put } = await useBackedUp(t, FILES, [], { env });
      await put('cold', 'cold', { StorageClass: 'GLACIER' });
      server.requests.clear();
      const { code, stdout, stderr } = await run(['ls', '--summary', '/sub']);
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, /^all +2 +2\nclass STANDARD +2 +2\nstored less than 1 day ago +2 +2\n/m);
      assert.match(stdout, /^stored 1 to 7 days ago +0 +0\n.*\nstored 365 days ago, or more +0 +0\n$/ms);
      const lengths = stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.length);
      assert.deepEqual([...new Set(lengths)], [lengths[0]], stdout);
      assert.equal(server.requests.of('ListObjectsV2').length, 2);
      const [whole] = ndjson<{ objects: number; classes: unknown }>(
        (await run(['ls', '--summary', '--json'])).stdout,
      );
      assert.equal(whole?.objects, 5);
      assert.deepEqual(whole?.classes, [
        { class: 'STANDARD', objects: 4, bytes: 11 * MIB + 3 },
        { class: 'GLACIER', objects: 1, bytes: 4 },
      ]);
      const both = await run(['ls', '--summary', '--long']);
      assert.equal(both.code, 1);
      assert.match(both.stderr, /--summary and --long exclude each other/);
    });

    it('with --long also requests mode and mtime of the file, and the real kind of proof', async (t) => {
      const { run, put, workplace, server } = await useBackedUp(t, { a: 'a' }, 'not-yet', { env });
      utimesSync(join(workplace.source, 'a'), 1_000_000_000.25, 1_000_000_000.25);
      assert.equal((await run([])).code, 0);
      await put('bare', 'x', { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'key' });
      await put('checked', 'x', {
        ServerSideEncryption: 'aws:kms',
        SSEKMSKeyId: 'key',
        ChecksumCRC32: 'jNwWgw==',
      });
      await put('own key', 'x');
      // As S3 answers where it would need the customer's key.
      const refusal = { kind: 'error', status: 400, code: 'BadRequest' } as const;
      server.faults.plan({ operation: 'HeadObject', key: `${PREFIX}own key`, times: 2, do: refusal });
      await put('nonsense', 'x', { Metadata: { mtime: 'A 9e99', mode: 'rwx' } });
      const { code, stdout } = await run(['ls', '-l', '--json']);
      assert.equal(code, 0);
      const shown = ndjson<Record<string, string>>(stdout).map((o) => [o.path, o.proof, o.mtime, o.mode]);
      assert.deepEqual(shown, [
        ['a', 'md5', '1000000000.250000000', '100600'],
        ['bare', 'opaque', null, null],
        ['checked', 'checksum', null, null],
        ['nonsense', 'md5', 'A 9e99', 'rwx'],
        ['own key', 'md5', null, null],
      ]);
      const text = await run(['ls', '-l']);
      assert.match(text.stdout, /^ +1 {2}20\S+Z {2}0600 {2}2001-09-09T01:46:40Z {2}STANDARD +md5 +a$/m);
      assert.match(text.stdout, /^ +1 {2}20\S+Z {2}- +- +STANDARD +md5 +nonsense$/m);
      assert.ok(server.requests.of('HeadObject').length >= 10);
    });
  });
}

describe('ls', () => {
  it('shows modes as a restore reads them, whichever program wrote them', async (t) => {
    const { run, put } = await useBackedUp(t, {}, 'not-yet');
    const modes: Record<string, string> = {
      ours: '100640',
      s3fs: '33152',
      plain: '644',
      setuid: '104755',
      'folder/': '16877',
      'link.rclonelink': '120777',
      'no link.rclonelink': '100600',
      'of a folder': '16877',
      garbage: '999999',
    };
    for (const [path, mode] of Object.entries(modes)) await put(path, '', { Metadata: { mode } });
    const { stdout } = await run(['ls', '-l']);
    const shown = Object.keys(modes).map((path) => {
      const line = stdout.split('\n').find((text) => text.endsWith(`  ${path}`));
      return [path, line?.match(/Z {2}(\S+) +- /)?.[1]];
    });
    assert.deepEqual(Object.fromEntries(shown), {
      ours: '0640',
      s3fs: '0600',
      plain: '0644',
      setuid: '4755',
      'folder/': '0755',
      'link.rclonelink': '0777',
      'no link.rclonelink': '0600',
      'of a folder': '-',
      garbage: '-',
    });
  });

  it('prints bytes for programs, and sizes with units, a heading and a total on a terminal', async (t) => {
    const { run } = await useBackedUp(t, { a: Buffer.alloc(1500), b: '' });
    const [piped, shown] = [await run(['ls']), await run(['ls'], { terminal: true })];
    assert.match(piped.stdout, /^ {9}1500 {2}20\S+Z {2}STANDARD {6}md5 {8}a\n {12}0 {2}.* b\n$/);
    assert.match(
      shown.stdout,
      /^ +size {2}stored +class +proof +path\n {6} {1}1\.5 kB .* a\n {10}0 B .* b\n/,
    );
    assert.match(shown.stdout, /\n2 objects, 1\.5 kB, in s3:\/\/test-bucket\/office\/\n$/);
  });

  it("shows what a pattern matches, and lists only keys with the pattern's beginning", async (t) => {
    const { run, server } = await useBackedUp(t, FILES);
    const matched: Record<string, string[]> = {
      '*.txt': ['a.txt', 'sub/deep/c.txt'],
      '/*.txt': ['a.txt'],
      sub: ['sub/b.pdf', 'sub/deep/c.txt'],
      'sub/de*': ['sub/deep/c.txt'],
      '/sub/deep/': ['sub/deep/c.txt'],
      '{a,b}.*': ['a.txt', 'sub/b.pdf'],
      nothing: [],
    };
    for (const [pattern, expected] of Object.entries(matched)) {
      server.requests.clear();
      const { code, stdout, stderr } = await run(['ls', '--json', pattern]);
      assert.deepEqual([code, paths(stdout)], [0, expected], pattern);
      const none = 'No matching objects in s3://test-bucket/office/\n';
      assert.equal(stderr, expected.length === 0 ? none : '', pattern);
      const begin = { 'sub/de*': 'sub/de', '/sub/deep/': 'sub/deep' }[pattern] ?? '';
      assert.equal(server.requests.of('ListObjectsV2').at(-1)?.query.prefix, PREFIX + begin);
    }
  });

  it("leaves out the program's own objects unless the pattern names them", async (t) => {
    const { run } = await useBackedUp(t, { a: 'a' }, ['--manifest']);
    assert.deepEqual(paths((await run(['ls', '--json'])).stdout), ['a']);
    assert.deepEqual(paths((await run(['ls', '--json', '*.gz'])).stdout), []);
    for (const named of ['.s3-backup', '.s3-backup/', '/.s3-backup/runs/*.gz']) {
      const [path, ...others] = paths((await run(['ls', '--json', named])).stdout);
      assert.match(path ?? '', /^\.s3-backup\/runs\/\d{8}T\d{6}Z-[0-9a-f]{8}\.ndjson\.gz$/);
      assert.deepEqual(others, []);
    }
  });

  it('shows names that could harm a terminal escaped, also in JSON', async (t) => {
    const odd = [
      'line\nfeed',
      'escape\u001b[2J',
      'order\u202etxt.exe',
      'c1\u009b',
      'bar\u2028',
      'ä 💾',
      ' b\\c"',
    ];
    const { run, put } = await useBackedUp(t, {}, 'not-yet');
    for (const path of odd) await put(path, 'x');
    const { stdout } = await run(['ls', '--json']);
    assert.deepEqual(paths(stdout).sort(), [...odd].sort());
    for (const text of [stdout, (await run(['ls'], { terminal: true })).stdout]) {
      assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}]/u);
    }
  });

  it('needs no source, and says what is wrong with the bucket', async (t) => {
    const { run } = await useBackedUp(t, { a: 'a' });
    const nowhere = { backup_backup__source_directory: 'not/there' };
    assert.equal((await run(['ls'], { env: nowhere })).code, 0);
    const { code, stdout, stderr } = await run(['ls', '--bucket', 'no-such-bucket']);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /no-such-bucket.* \[BUCKET_NOT_FOUND\]\n/);
  });

  it('an error in the middle of the listing is reported without a stack trace', async (t) => {
    const { run, server } = await useBackedUp(t, { a: 'a' });
    const fault = { kind: 'error', status: 403, code: 'AccessDenied' } as const;
    server.faults.plan({ operation: 'ListObjectsV2', skip: 1, do: fault });
    const { code, stderr } = await run(['ls']);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^s3-backup: Bucket test-bucket: .*AccessDenied.* \[BUCKET_FORBIDDEN\]\n {2}\S.*\n$/,
    );
  });

  it('ends quietly when its reader leaves, and requests no further page', async (t) => {
    // A page takes more room than a pipe has.
    const options = { server: { pageLimit: 50 } };
    const { put, workplace, env, server } = await useBackedUp(t, {}, 'not-yet', options);
    const names = Array.from({ length: 120 }, (_, n) => `${'folder/'.repeat(130)}${n}`);
    await Promise.all(names.map((name) => put(name, '')));
    server.requests.clear();
    const command = `{ "$0" "$@" ls --json; echo "code $?" >&2; } | head -n 1`;
    const { stdout, stderr } = await start(['sh', '-c', command, process.execPath, program.bin], {
      workplace,
      env,
    }).ended;
    assert.deepEqual([ndjson(stdout).length, stderr], [1, 'code 0\n']);
    assert.equal(server.requests.of('ListObjectsV2').length, 2);
  });
});

describe('ls of a store whose listings contain no sizes', () => {
  for (const [args, terminal, expected] of [
    [['ls'], true, /^ +- .* a\n1 object, 0 B, in /m],
    [['ls'], false, /^ +- .* a\n$/],
    [['ls', '--json'], false, /"size":null/],
    [['ls', '--json', '--long'], false, /"size":3/],
  ] as const) {
    it(`shows them as unknown, or requests them: ${args.join(' ')} (terminal: ${terminal})`, async (t) => {
      const store = await useSimpleStore(t, { listsSize: '' });
      store.put('a', 'abc');
      const env = {
        S3_BUCKET_NAME: TEST_BUCKET,
        AWS_ENDPOINT_URL: store.url,
        AWS_ACCESS_KEY_ID: 'any',
        AWS_SECRET_ACCESS_KEY: 'any',
      };
      const { code, stdout, stderr } = await runCli(useWorkplace(t, {}), [...args], { env, terminal });
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, expected);
    });
  }
});
