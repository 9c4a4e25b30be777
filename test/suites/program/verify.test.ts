import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { PREFIX, resultsIn, useBackedUp } from '../../support/backed-up.ts';
import { start, useProgram } from '../../support/program.ts';
import { TEST_BUCKET as Bucket } from '../../support/s3-server.ts';

const program = useProgram();
const MIB = 1024 * 1024;
const LARGE = Buffer.alloc(11 * MIB, 'large ');
const FILES = { 'a.txt': 'a', 'sub/empty': '', 'sub/new\nline \u202e.txt': 'odd', 'large.bin': LARGE };
const SAME = {
  'a.txt': 'same etag-md5',
  'sub/empty': 'same etag-md5',
  'sub/new\nline \u202e.txt': 'same etag-md5',
  'large.bin': 'same etag-parts',
};

/** The large file, and an object of it whose parts end at these places. */
async function useUnequalParts(t: TestContext, ends: readonly number[]) {
  const backedUp = await useBackedUp(t, { 'large.bin': LARGE }, 'not-yet');
  const { client } = backedUp;
  const object = { Bucket, Key: `${PREFIX}large.bin` };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(object));
  const places = [0, ...ends, LARGE.length];
  const Parts = await Promise.all(
    places.slice(1).map(async (end, index) => {
      const PartNumber = index + 1;
      const Body = LARGE.subarray(places[index], end);
      const part = new UploadPartCommand({ ...object, UploadId, PartNumber, Body });
      return { PartNumber, ETag: (await client.send(part)).ETag };
    }),
  );
  await client.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts } }));
  return backedUp;
}

for (const transport of ['auto', 'sdk']) {
  describe(`verify with transport ${transport}`, () => {
    const env = { backup_transfer__transport: transport };

    it('finds everything the same after a run, writes nothing, and exits 0', async (t) => {
      const { run, server, workplace } = await useBackedUp(t, FILES, [], { env });
      server.requests.clear();
      const { code, stdout, stderr } = await run(['verify', '--json', '--quiet']);
      assert.deepEqual([code, stderr, resultsIn(stdout)], [0, '', SAME]);
      const asked = new Set(server.requests.map(({ operation }) => operation));
      assert.deepEqual([...asked].sort(), ['HeadObject', 'ListObjectsV2']);
      assert.deepEqual(workplace.names(), ['source']);
    });

    it('distinguishes every kind of difference, and exits 2', async (t) => {
      const { run, workplace, client, put } = await useBackedUp(
        t,
        {
          ...FILES,
          truncated: 'some bytes',
          changed: 'some bytes',
          replaced: 'some bytes',
          missing: 'some bytes',
          gone: 'some bytes',
          'large changed.bin': LARGE,
        },
        [],
        { env },
      );
      await put('truncated', 'some byte');
      workplace.write('source/changed', 'same bytes');
      await put('replaced', 'other data');
      await client.send(new DeleteObjectCommand({ Bucket, Key: `${PREFIX}missing` }));
      rmSync(join(workplace.source, 'gone'));
      const changed = Buffer.from(LARGE);
      changed[7 * MIB] = 0;
      workplace.write('source/large changed.bin', changed);
      const { code, stdout } = await run(['verify', '--json']);
      const found = {
        ...SAME,
        truncated: 'differs',
        changed: 'differs',
        replaced: 'differs',
        missing: 'missing-there',
        gone: 'missing-here',
        'large changed.bin': 'differs',
      };
      assert.deepEqual([code, resultsIn(stdout)], [2, found]);
      const readBack = await run(['verify', '--json', '--download', 'large changed.bin']);
      assert.deepEqual([readBack.code, resultsIn(readBack.stdout)], [2, { 'large changed.bin': 'differs' }]);
    });

    it('reads every byte back with --download, and so finds damage that the ETag does not show', async (t) => {
      const { run, server } = await useBackedUp(t, FILES, 'not-yet', { env });
      server.faults.plan({ operation: 'PutObject', key: `${PREFIX}a.txt`, do: { kind: 'flip-byte' } });
      assert.equal((await run([])).code, 0);
      const [believed, read] = [await run(['verify']), await run(['verify', '--download', '--json'])];
      const all = Object.fromEntries(Object.keys(SAME).map((path) => [path, 'same download']));
      assert.equal(believed.code, 0);
      assert.deepEqual([read.code, resultsIn(read.stdout)], [2, { ...all, 'a.txt': 'differs' }]);
    });

    it('compares a report of a run with S3 when no file is here any more', async (t) => {
      const argv = ['--delete-after-upload', '--output-json', 'report.json', '--manifest'];
      const { run, workplace, client, put } = await useBackedUp(
        t,
        { ...FILES, lost: 'b', other: 'c' },
        argv,
        { env },
      );
      rmSync(workplace.source, { recursive: true });
      const all = { ...SAME, lost: 'same etag-md5', other: 'same etag-md5' };
      for (const from of [
        ['--against', 'report.json'],
        ['--run', 'latest'],
      ]) {
        const { code, stdout, stderr } = await run(['verify', '--json', '--quiet', ...from]);
        assert.deepEqual([code, stderr, resultsIn(stdout)], [0, '', all]);
      }
      await client.send(new DeleteObjectCommand({ Bucket, Key: `${PREFIX}lost` }));
      await put('other', 'd');
      await put('extra', 'no file of that run');
      for (const from of [
        ['--against', 'report.json'],
        ['--run', 'latest', '--download'],
      ]) {
        const { code, stdout } = await run(['verify', '--json', ...from]);
        const { lost, other, extra, 'a.txt': a } = resultsIn(stdout);
        assert.deepEqual([code, lost, other, extra], [2, 'missing-there', 'differs', undefined]);
        assert.match(a ?? '', /^same/);
      }
    });
  });
}

describe('verify', () => {
  it('prints a line for each difference and counts at the end', async (t) => {
    const { run, workplace } = await useBackedUp(t, { a: 'a', b: 'b', 'skipped.tmp': '' });
    workplace.write('source/n\new', 'n');
    workplace.write('source/b', 'bb');
    rmSync(join(workplace.source, 'a'));
    const argv = ['verify', '--exclude', '*.tmp'];
    const { code, stdout, stderr } = await run(argv);
    assert.deepEqual([code, stderr], [2, '']);
    const [first = '', second = '', ...rest] = stdout.split('\n');
    assert.deepEqual([first, second].sort(), [
      'differs              2 B  b (1 bytes in S3, 2 here)',
      'missing there        1 B  "n\\new" (there is no object under its key)',
    ]);
    assert.deepEqual(rest, [
      '0 of 2 files match s3://test-bucket/office/',
      '         1       2 B  differ',
      '         1       1 B  missing there',
      '         1       1 B  missing here',
      '         1       0 B  left out (EXCLUDED 1)',
      '',
    ]);
    const verbose = await run([...argv, '--verbose', '--quiet']);
    assert.match(verbose.stdout, /^left out +skipped\.tmp/m);
    assert.match(verbose.stdout, /^missing here +1 B {2}a /m);
    assert.equal(verbose.stdout.split('\n').length, 5);
  });

  it('an object without a local file is a failure only with --strict', async (t) => {
    const { run, workplace } = await useBackedUp(t, { a: 'a', b: 'b' });
    rmSync(join(workplace.source, 'a'));
    const [lenient, strict] = [await run(['verify']), await run(['verify', '--strict'])];
    assert.deepEqual([lenient.code, strict.code], [0, 2]);
    assert.doesNotMatch(lenient.stdout, /^missing here/m);
    assert.match(strict.stdout, /^missing here +1 B {2}a \(there is no such file/m);
  });

  it('compares only files that a backup would find, and leaves out excluded ones, markers and its own', async (t) => {
    const { run, workplace, put } = await useBackedUp(t, { a: 'a' }, ['--manifest']);
    const outside = join(workplace.root, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'x'), 'x');
    symlinkSync(outside, join(workplace.source, 'link'));
    mkdirSync(join(workplace.source, 'folder'));
    const missing = [
      'link/x',
      'folder',
      'a/b',
      'no/such/file',
      'c//d',
      './e',
      '../cwd/source/a',
      `${'n'.repeat(300)}/o`,
    ];
    for (const path of missing) await put(path, 'x');
    for (const path of ['marker/', 'excluded.tmp']) await put(path, '');
    const { stdout } = await run(['verify', '--json', '--exclude', '*.tmp']);
    const left = Object.entries(resultsIn(stdout)).filter(([, result]) => result === 'missing-here');
    assert.deepEqual(left.map(([path]) => path).sort(), missing.sort());
  });

  it('compares only what the pattern matches, on both sides', async (t) => {
    const { run, workplace, server, put } = await useBackedUp(t, {
      'photos/1': '1',
      'photos/2/3': '3',
      'b/4': '4',
    });
    rmSync(join(workplace.source, 'photos/1'));
    await put('b/5', '5');
    server.requests.clear();
    const { code, stdout } = await run(['verify', '--json', '/photos']);
    assert.deepEqual(
      [code, resultsIn(stdout)],
      [0, { 'photos/1': 'missing-here', 'photos/2/3': 'same etag-md5' }],
    );
    const nothing = await run(['verify', 'typo*']);
    assert.deepEqual([nothing.code, nothing.stdout], [1, '']);
    const said =
      /Nothing that matches the pattern "typo\*" could be compared\. \[NOTHING_TO_VERIFY\]\n {2}Check the pattern/;
    assert.match(nothing.stderr, said);
    for (const excluded of ['3', 'photos/2/', '/photos/2/*'])
      assert.match((await run(['verify', '/photos/2/3', '--exclude', excluded])).stderr, /NOTHING_TO_VERIFY/);
  });

  it('a folder that cannot be read is a failure, and files below it are not reported as missing', async (t) => {
    const { workplace, env } = await useBackedUp(t, { 'closed/a': 'a' });
    const folder = join(workplace.source, 'closed');
    chmodSync(workplace.source, 0o755);
    chmodSync(folder, 0);
    const uid = process.getuid?.() === 0 ? { uid: 65534 } : {};
    const argv = [process.execPath, program.bin, 'verify', '--json', '/closed/a'];
    const { code, stdout } = await start(argv, { workplace, env, ...uid }).ended;
    chmodSync(folder, 0o700);
    assert.deepEqual([code, resultsIn(stdout)], [2, { closed: 'failed' }]);
  });

  it('compares an object by its checksum if its ETag is no digest, and says if nothing can be compared', async (t) => {
    const env = { backup_s3__server_side_encryption: 'aws:kms', backup_s3__kms_key_id: 'key' };
    const { run, put, workplace } = await useBackedUp(t, { a: 'a', changed: 'b' }, [], { env });
    workplace.write('source/changed', 'c');
    workplace.write('source/bare', 'd');
    await put('bare', 'd', { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'key' });
    const first = await run(['verify', '--json']);
    const found = { a: 'same checksum', changed: 'differs', bare: 'not-proved' };
    assert.deepEqual([first.code, resultsIn(first.stdout)], [2, found]);
    const second = await run(['verify', '--json', '--download', 'bare']);
    assert.deepEqual([second.code, resultsIn(second.stdout)], [0, { bare: 'same download' }]);
  });

  it('recognises a file that was uploaded in one piece, or in parts of another size', async (t) => {
    const { run, put } = await useBackedUp(t, { 'large.bin': LARGE });
    const env = { backup_transfer__part_size: '6MiB' };
    const parts = await run(['verify', '--json'], { env });
    assert.deepEqual([parts.code, resultsIn(parts.stdout)], [0, { 'large.bin': 'same etag-parts' }]);
    await put('large.bin', LARGE);
    const whole = await run(['verify', '--json'], { env });
    assert.deepEqual([whole.code, resultsIn(whole.stdout)], [0, { 'large.bin': 'same etag-md5' }]);
  });

  it('proves an object of unequal parts by the sizes that the store tells', async (t) => {
    const { run } = await useUnequalParts(t, [5 * MIB]);
    const { code, stdout } = await run(['verify', '--json']);
    assert.deepEqual([code, resultsIn(stdout)], [0, { 'large.bin': 'same etag-parts' }]);
  });

  it('reads back an object of unequal parts, as many as equal ones, if that is requested', async (t) => {
    const { run, workplace } = await useUnequalParts(t, [5 * MIB, 10.5 * MIB]);
    const asked = await run(['verify', '--json']);
    assert.deepEqual([asked.code, resultsIn(asked.stdout)], [2, { 'large.bin': 'not-proved' }]);
    assert.match(asked.stdout, /reading it back would tell/);
    const read = await run(['verify', '--json', '--download']);
    assert.deepEqual([read.code, resultsIn(read.stdout)], [0, { 'large.bin': 'same download' }]);
    workplace.write('source/large.bin', Buffer.from(LARGE).fill('other', 9 * MIB));
    const changed = await run(['verify', '--json', '--download']);
    assert.deepEqual([changed.code, resultsIn(changed.stdout)], [2, { 'large.bin': 'differs' }]);
  });

  it('recognises links that are stored as links, on both sides', async (t) => {
    const { run, workplace, put } = await useBackedUp(t, { a: 'a' }, 'not-yet');
    for (const name of ['link', 'gone', 'turned']) symlinkSync('a', join(workplace.source, name));
    const env = { backup_safety__links: 'store' };
    const ran = await run(['--md5sums', 'sums', '--manifest'], { env });
    assert.equal(ran.code, 0);
    assert.equal(workplace.read('sums'), '0cc175b9c0f1b6a831c399e269772661  a\n');
    const recorded = await run(['verify', '--json', '--run', 'latest']);
    assert.deepEqual([recorded.code, Object.keys(resultsIn(recorded.stdout)).length], [0, 4]);
    rmSync(join(workplace.source, 'gone'));
    rmSync(join(workplace.source, 'turned'));
    symlinkSync('b', join(workplace.source, 'turned'));
    await put('a.rclonelink', 'a');
    const { code, stdout } = await run(['verify', '--json'], { env });
    const found = {
      a: 'same etag-md5',
      link: 'same etag-md5',
      turned: 'differs',
      'gone.rclonelink': 'missing-here',
      'a.rclonelink': 'missing-here',
    };
    assert.deepEqual([code, resultsIn(stdout)], [2, found]);
  });

  it("compares objects that are encrypted with a customer's key by their checksums", async (t) => {
    const env = { backup_s3__sse_customer_key: Buffer.alloc(32, 7).toString('base64') };
    const { run, workplace } = await useBackedUp(t, { a: 'a', b: 'b' }, ['--manifest'], { env });
    workplace.write('source/b', 'c');
    const { code, stdout } = await run(['verify', '--json']);
    assert.deepEqual([code, resultsIn(stdout)], [2, { a: 'same checksum', b: 'differs' }]);
    const recorded = await run(['verify', '--json', '--run', 'latest']);
    assert.deepEqual([recorded.code, resultsIn(recorded.stdout).a], [0, 'same checksum']);
    const read = await run(['verify', '--json', '--run', 'latest', '--download']);
    assert.deepEqual([read.code, resultsIn(read.stdout)], [0, { a: 'same download', b: 'same download' }]);
  });

  it('a file that a run found unchanged without reading it is compared by the ETag that the run found', async (t) => {
    const { run, workplace, put } = await useBackedUp(t, { old: 'o', other: 'p' });
    for (const name of ['old', 'other']) utimesSync(join(workplace.source, name), 1, 1);
    const again = await run(['--manifest', '--compare', 'size-mtime', '--output-json', 'report.json']);
    assert.equal(again.code, 0);
    assert.match(workplace.read('report.json'), /"unread_files": 2/);
    const same = await run(['verify', '--json', '--run', 'latest']);
    assert.deepEqual([same.code, resultsIn(same.stdout)], [0, { old: 'same', other: 'same' }]);
    assert.match(same.stderr, /match \(SIZE_AND_TIME 2\)/);
    const read = await run(['verify', '--json', '--against', 'report.json', '--download']);
    assert.deepEqual(resultsIn(read.stdout), { old: 'same download', other: 'same download' });
    await put('other', 'q');
    const changed = await run(['verify', '--json', '--run', 'latest']);
    assert.deepEqual([changed.code, resultsIn(changed.stdout)], [2, { old: 'same', other: 'differs' }]);
  });

  it('reads back objects of several parts, with any part size, even if that run had not read the file', async (t) => {
    const { run, workplace } = await useBackedUp(t, { 'large.bin': LARGE }, ['--output-json', 'first.json'], {
      env: { backup_transfer__whole_md5: 'false' },
    });
    utimesSync(join(workplace.source, 'large.bin'), 1, 1);
    const again = await run(['--compare', 'size-mtime', '--output-json', 'second.json']);
    assert.equal(again.code, 0);
    assert.match(workplace.read('second.json'), /"unread_files": 1/);
    const env = { backup_transfer__part_size: '6MiB' };
    for (const report of ['first.json', 'second.json']) {
      const read = await run(['verify', '--json', '--against', report, '--download'], { env });
      assert.deepEqual([read.code, resultsIn(read.stdout)], [0, { 'large.bin': 'same download' }], report);
    }
  });

  it('reads back a sample that the seed chooses again', async (t) => {
    const files = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`file ${n}`, `${n}`]));
    const { run } = await useBackedUp(t, files);
    const sample = async (...argv: string[]) => {
      const { code, stdout, stderr } = await run(['verify', '--json', '--sample', '50%', ...argv]);
      const read = Object.entries(resultsIn(stdout)).filter(([, result]) => result === 'same download');
      const [, count, seed = ''] =
        /(\d+) files read back, a sample of 50 % \(to choose it again: --seed "(\w+)"\)/.exec(stderr) ?? [];
      assert.equal(Number(count), read.length);
      return { code, seed, read: read.map(([path]) => path).sort() };
    };
    const first = await sample();
    assert.ok(first.code === 0 && first.read.length > 0 && first.read.length < 40, `${first.read.length}`);
    assert.deepEqual(await sample('--seed', first.seed), first);
    assert.notDeepEqual((await sample('--seed', 'another')).read, first.read);
  });

  it('a missing answer is a failure of that file alone', async (t) => {
    const { run, server } = await useBackedUp(t, { a: 'a', b: 'b' });
    const env = { backup_transfer__max_attempts: '1' };
    server.faults.plan({
      operation: 'HeadObject',
      key: `${PREFIX}a`,
      do: { kind: 'error', status: 403, code: 'AccessDenied' },
    });
    const { code, stdout } = await run(['verify', '--json'], { env });
    assert.deepEqual([code, resultsIn(stdout)], [2, { a: 'failed', b: 'same etag-md5' }]);
  });

  it('stops in order on a signal', async (t) => {
    const { run, server } = await useBackedUp(t, { a: 'a' });
    let signal: ((name: 'SIGTERM') => void) | undefined;
    server.faults.plan({ operation: 'HeadObject', do: { kind: 'call', run: () => signal?.('SIGTERM') } });
    const { code, stdout } = await run(['verify'], {
      onStart: (send) => {
        signal = send;
      },
    });
    assert.equal(code, 143);
    assert.match(stdout, /^Stopped early\. 1 of 1 file/);
  });

  it('an older version counts as the same for the run that wrote it', async (t) => {
    const { run, client, put, workplace } = await useBackedUp(t, { a: 'a', b: 'b' }, 'not-yet');
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    assert.equal((await run(['--output-json', 'report.json'])).code, 0);
    await put('a', 'newer');
    await client.send(new DeleteObjectCommand({ Bucket, Key: `${PREFIX}b` }));
    const { code, stdout } = await run(['verify', '--json', '--against', 'report.json', '--download']);
    assert.deepEqual([code, resultsIn(stdout)], [0, { a: 'same download', b: 'same download' }]);
    workplace.write('source/a', 'a');
    assert.deepEqual(resultsIn((await run(['verify', '--json'])).stdout), {
      a: 'differs',
      b: 'missing-there',
    });
  });

  it('leaves out files that the earlier run did not prove, and applies the pattern', async (t) => {
    const { run, workplace } = await useBackedUp(t, { 'x/a': 'a', 'y/b': 'b' }, 'not-yet');
    workplace.write('source/.s3-backup/c', 'c');
    assert.equal((await run(['--output-json', 'report.json', '--exclude', 'b'])).code, 2);
    const all = await run(['verify', '--json', '--against', 'report.json']);
    assert.deepEqual(
      [all.code, resultsIn(all.stdout)],
      [0, { 'x/a': 'same etag-md5', 'y/b': 'left-out', '.s3-backup/c': 'left-out' }],
    );
    const some = await run(['verify', '--json', '--against', 'report.json', '/x/']);
    assert.deepEqual(resultsIn(some.stdout), { 'x/a': 'same etag-md5' });
    const none = await run(['verify', '--json', '--against', 'report.json', 'typo*']);
    assert.deepEqual([none.code, none.stdout, /NOTHING_TO_VERIFY/.test(none.stderr)], [1, '', true]);
    // What is here and cannot be there is a failure of the files here, though.
    const here = await run(['verify', '--json']);
    assert.deepEqual([here.code, resultsIn(here.stdout)['.s3-backup/c']], [2, 'failed']);
  });

  it('reads a report from stdin, and says when it is of another bucket', async (t) => {
    const { run, workplace } = await useBackedUp(t, { a: 'a' }, ['--output-json', 'report.json']);
    const stdin = workplace.read('report.json').replaceAll('"test-bucket"', '"elsewhere"');
    const { code, stderr } = await run(['verify', '--json', '--quiet', '--against', '-'], { stdin });
    const said =
      's3-backup: the record is of the bucket elsewhere; it is compared with the bucket test-bucket\n';
    assert.deepEqual([code, stderr], [0, said]);
  });

  it('leaves its own files in the source out, as a run does', async (t) => {
    const { run, workplace } = await useBackedUp(t, { a: 'a' }, 'not-yet');
    const env = { backup_report__output_json: 'source/report.json', backup_report__md5sums: 'source/sums' };
    assert.equal((await run([], { env })).code, 0);
    const { code, stdout } = await run(['verify', '--json'], { env });
    assert.deepEqual([code, resultsIn(stdout).a], [0, 'same etag-md5']);
    assert.deepEqual(Object.keys(workplace.tree()), ['a', 'report.json', 'sums']);
  });

  const senseless: readonly (readonly string[])[] = [
    ['--run', 'latest', '--against', 'report.json'],
    ['--download', '--sample', '1%'],
    ['--seed', 'x'],
    ['--strict', '--run', 'latest'],
    ['--exclude', '*', '--run', 'latest'],
    ['--include', 'a', '--against', 'report.json'],
    ['--sample', '0%'],
    ['--sample', '101%'],
    ['--sample', '1'],
    ['a//../b/!'],
  ];
  for (const argv of senseless) {
    it(`refuses \`${argv.join(' ')}\` before any request`, async (t) => {
      const { run, server } = await useBackedUp(t, { a: 'a' });
      server.requests.clear();
      const { code, stdout, stderr } = await run(['verify', ...argv]);
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, /^s3-backup: .* \[BAD_OPTION\]\n/);
      assert.equal(server.requests.length, 0);
    });
  }
});
