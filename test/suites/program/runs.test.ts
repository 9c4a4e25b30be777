import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { HeadObjectCommand, RestoreObjectCommand } from '@aws-sdk/client-s3';
import { ndjson, PREFIX, resultsIn, useBackedUp } from '../../support/backed-up.ts';
import { bytesOf, keysIn } from '../../support/bucket.ts';
import { TEST_BUCKET as Bucket } from '../../support/s3-server.ts';

const MIB = 1024 * 1024;
const FILES = { 'a.txt': 'a', 'sub/new\nline': 'bb', 'large.bin': Buffer.alloc(11 * MIB, 'l') };
const RUNS = `${PREFIX}.s3-backup/runs/`;

for (const transport of ['auto', 'sdk']) {
  describe(`a run with a manifest and transport ${transport}`, () => {
    const env = { backup_transfer__transport: transport };

    it('stores an exact record, and runs lists it', async (t) => {
      const { run, client, workplace } = await useBackedUp(t, FILES, 'not-yet', { env });
      const file = join(workplace.source, 'a.txt');
      utimesSync(file, 1_000_000_000.123456, 1_000_000_000.123456);
      const { mtimeNs } = lstatSync(file, { bigint: true });
      const ran = await run(['--manifest', '--exclude', '*.tmp', '--output-json', 'report.json']);
      assert.equal(ran.code, 0);
      const keys = (await keysIn(client)).filter((key) => key.startsWith(RUNS));
      const [key = ''] = keys;
      assert.equal(keys.length, 1);
      assert.match(ran.stdout, new RegExp(`manifest s3://test-bucket/${key}\n$`));
      const text = gunzipSync(await bytesOf(client, key)).toString();
      const [header, ...lines] = ndjson(text);
      const report = JSON.parse(workplace.read('report.json'));
      const id = key.slice(RUNS.length, -'.ndjson.gz'.length);
      const { start_time, end_time, tool_version, source } = report;
      assert.deepEqual(header, {
        s3_backup_manifest: 1,
        run: id,
        tool_version,
        start_time,
        end_time,
        source,
        bucket: Bucket,
        prefix: PREFIX,
        interrupted: false,
        error: null,
        entries: 3,
      });
      assert.equal(report.manifest, key);
      const kept = report.files.map(
        ({ reason, attempts, resumed_bytes, seconds, ...rest }: Record<string, unknown>) => rest,
      );
      assert.deepEqual(lines, kept);
      const a = lines.find(({ path }) => path === 'a.txt');
      const seconds = `${mtimeNs / 1_000_000_000n}.${String(mtimeNs % 1_000_000_000n).padStart(9, '0')}`;
      assert.deepEqual([a?.mtime, a?.mode, a?.proof], [seconds, '100600', 'etag-md5']);
      const { code, stdout } = await run(['runs', '--json']);
      const bytes = 3 + 11 * MIB;
      const start = `${String(start_time).slice(0, 19)}Z`;
      assert.deepEqual(
        [code, ndjson(stdout)],
        [
          0,
          [
            {
              run: id,
              key,
              start_time: start,
              files: 3,
              bytes,
              failed: 0,
              end: 'complete',
              unfinished: false,
            },
          ],
        ],
      );
      assert.match((await run(['runs'])).stdout, new RegExp(`^${id} +3 +${bytes} +0 +complete\n$`));
      assert.match(
        (await run(['runs'], { terminal: true })).stdout,
        new RegExp(`^run +files +size +failed +end\n${id} +3 +11.5 MB +0 +complete\n$`),
      );
    });
  });
}

describe('manifests', () => {
  it('are found by latest, by ID, by the beginning of an ID and by its last digits, and by nothing else', async (t) => {
    const { run, put } = await useBackedUp(t, { a: 'a' }, ['--manifest']);
    const gone = await run(['verify', '--json', '--run', '19990101']);
    assert.equal(gone.code, 1);
    assert.match(
      gone.stderr,
      /^s3-backup: There is no manifest of a run "19990101" below s3:.* \[RUN_NOT_FOUND\]\n {2}/,
    );
    assert.match((await run(['verify', '--run', ''])).stderr, /\[RUN_NOT_FOUND\]/);
    const [{ run: id = '' } = {}] = ndjson<{ run: string }>((await run(['runs', '--json'])).stdout);
    for (const name of ['latest', id, id.slice(0, 6), id.slice(-8)]) {
      const { code, stdout } = await run(['verify', '--json', '--run', name]);
      assert.deepEqual([code, resultsIn(stdout)], [0, { a: 'same etag-md5' }], name);
    }
    await put('.s3-backup/runs/notes.txt', 'not of ours');
    await put('.s3-backup/runs/21000101T000000Z-00000000.ndjson.gz', 'not gzip');
    const several = await run(['verify', '--run', '2']);
    assert.match(several.stderr, /2 runs are meant by "2" .* \[RUN_NOT_FOUND\]/);
    const broken = await run(['verify', '--run', 'latest']);
    assert.equal(broken.code, 1);
    assert.match(
      broken.stderr,
      /^s3-backup: The manifest of run 2100\S+ cannot be used: .* \[MANIFEST_UNREADABLE\]/,
    );
    const [, last] = ndjson((await run(['runs', '--json'])).stdout);
    assert.deepEqual([last?.files, last?.bytes, last?.failed, last?.end], [null, null, null, null]);
  });

  it('say how their run ended, with no request more than its counts need', async (t) => {
    const { run, server } = await useBackedUp(t, { a: 'a', b: 'b' }, 'not-yet');
    const move = ['run', '--manifest', '--delete-after-upload'];
    assert.equal((await run([...move, '--max-delete', '1'])).code, 1);
    server.requests.clear();
    const { stdout } = await run(['runs']);
    assert.match(stdout, /^\S+ +0 +0 +0 {2}MAX_DELETE\n$/);
    assert.deepEqual(
      server.requests.map(({ operation }) => operation).filter((name) => name !== 'ListObjectsV2'),
      ['HeadObject'],
    );
  });

  it('that a lifecycle rule archived can be read after they were requested, as the error says', async (t) => {
    const { run, client, put, workplace } = await useBackedUp(t, { a: 'a' }, ['--manifest']);
    const [{ key = '' } = {}] = ndjson<{ key: string }>((await run(['runs', '--json'])).stdout);
    const manifest = await bytesOf(client, key);
    await put(key.slice(PREFIX.length), manifest, { StorageClass: 'DEEP_ARCHIVE' });
    const archived = await run(['restore', '--run', 'latest', '--to', 'back']);
    assert.equal(archived.code, 1);
    assert.match(archived.stderr, /The manifest of run \S+ is archived\. \[MANIFEST_UNREADABLE\]/);
    const asking = /restore-object --bucket (\S+) --key '(\S+)' --restore-request Days=7/.exec(
      archived.stderr,
    );
    assert.deepEqual(asking?.slice(1), [Bucket, key]);
    await client.send(new RestoreObjectCommand({ Bucket, Key: key, RestoreRequest: { Days: 7 } }));
    assert.equal((await run(['restore', '--run', 'latest', '--to', 'back'])).code, 0);
    assert.equal(workplace.read('back/a'), 'a');
  });

  it('are stored in a class that can be read at once, encrypted like the files, with the metadata of both', async (t) => {
    const env = {
      backup_s3__storage_class: 'DEEP_ARCHIVE',
      backup_s3__server_side_encryption: 'aws:kms',
      backup_s3__kms_key_id: 'key',
      backup_s3__metadata: 'office=Cologne',
    };
    const { client } = await useBackedUp(t, { a: 'a' }, ['--manifest'], { env });
    const keys = await keysIn(client);
    const heads = await Promise.all(keys.map((Key) => client.send(new HeadObjectCommand({ Bucket, Key }))));
    const shown = heads.map((head) => [head.StorageClass ?? 'STANDARD', head.ServerSideEncryption]);
    assert.deepEqual(shown, [
      ['STANDARD', 'aws:kms'],
      ['DEEP_ARCHIVE', 'aws:kms'],
    ]);
    const { 'run-files': files, 'run-bytes': bytes, 'run-failed': failed, office } = heads[0]?.Metadata ?? {};
    assert.deepEqual([files, bytes, failed, office], ['1', '1', '0', 'Cologne']);
  });

  it('are not stored by a dry run, and leave no temporary file', async (t) => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('s3-backup-manifest-'));
    const { run, client } = await useBackedUp(t, { a: 'a' }, ['--manifest', '--dry-run']);
    assert.match(
      (await run(['runs'])).stderr,
      /^No manifests in s3:\/\/test-bucket\/.*; a run with --manifest stores one\n$/,
    );
    assert.deepEqual(await keysIn(client), []);
    assert.equal((await run(['--manifest'])).code, 0);
    const after = readdirSync(tmpdir()).filter((name) => name.startsWith('s3-backup-manifest-'));
    assert.deepEqual(
      after.filter((name) => !before.includes(name)),
      [],
    );
  });

  it('one that cannot be stored changes the exit code, but no file fails', async (t) => {
    const { run, server, workplace } = await useBackedUp(t, { a: 'a' }, 'not-yet');
    const fault = { kind: 'error', status: 403, code: 'AccessDenied' } as const;
    server.faults.plan({ operation: 'PutObject', key: /\.s3-backup.*Z-[0-9a-f]{8}\.ndjson/, do: fault });
    const { code, stderr, stdout } = await run([
      '--manifest',
      '--delete-after-upload',
      '--output-json',
      'report.json',
    ]);
    assert.equal(code, 2);
    assert.match(stderr, /MANIFEST_FAILED/);
    assert.match(stderr, /UPLOAD_FAILED: PutObject: AccessDenied/);
    assert.doesNotMatch(stdout, /manifest/);
    const report = JSON.parse(workplace.read('report.json'));
    assert.deepEqual(
      [report.exit_code, report.manifest, report.error, report.deleted_files],
      [2, null, null, 1],
    );
  });

  it('one that S3 stored wrongly does not count as stored', async (t) => {
    const { run, server } = await useBackedUp(t, { a: 'a' }, 'not-yet');
    server.faults.plan({ operation: 'PutObject', key: /\.s3-backup/, do: { kind: 'vanish' } });
    const { code, stderr } = await run(['--manifest']);
    assert.equal(code, 2);
    assert.match(stderr, /MANIFEST_FAILED/);
  });

  it('record failures, and are stored after a stop, too', async (t) => {
    const { run, server, client } = await useBackedUp(t, { a: 'a', b: 'b' }, 'not-yet');
    let signal: ((name: 'SIGINT') => void) | undefined;
    server.faults.plan({ operation: 'PutObject', do: { kind: 'call', run: () => signal?.('SIGINT') } });
    const { code } = await run(['--manifest', '--delete-after-upload', '--concurrency', '1'], {
      onStart: (send) => {
        signal = send;
      },
    });
    assert.equal(code, 130);
    const [key = ''] = (await keysIn(client)).filter((name) => name.startsWith(RUNS));
    const [header, ...lines] = ndjson(gunzipSync(await bytesOf(client, key)).toString());
    assert.deepEqual(
      [header?.interrupted, lines.length, header?.entries],
      [true, lines.length, lines.length],
    );
    assert.ok(lines.some(({ fate, proof }) => fate === 'deleted' && proof === 'etag-md5'));
  });

  it('record the work of several processes', async (t) => {
    const { run } = await useBackedUp(t, FILES, ['--manifest', '--processes', '2']);
    const { code, stdout } = await run(['verify', '--json', '--run', 'latest', '--download']);
    const read = Object.fromEntries(Object.keys(FILES).map((path) => [path, 'same download']));
    assert.deepEqual([code, resultsIn(stdout)], [0, read]);
  });

  it('files in a folder with their reserved name are not stored', async (t) => {
    const { run, client, workplace } = await useBackedUp(t, { a: 'a' }, 'not-yet');
    workplace.write('source/.s3-backup/runs/x', 'x');
    workplace.write('source/sub/.s3-backup/y', 'y');
    const { code, stdout } = await run(['--delete-after-upload']);
    assert.equal(code, 2);
    assert.match(stdout, /1 +0 B {2}failed and not deleted \(KEY_RESERVED 1\)/);
    assert.deepEqual(await keysIn(client), [`${PREFIX}a`, `${PREFIX}sub/.s3-backup/y`]);
    assert.deepEqual(Object.keys(workplace.tree()), ['.s3-backup/runs/x']);
    assert.equal((await run(['--exclude', '/.s3-backup/'])).code, 0);
  });
});

describe('--md5sums', () => {
  it('writes a file that md5sum -c accepts in the restored folder, with any names', async (t) => {
    const odd = [
      'back\\slash',
      'line\nfeed',
      'carriage\rreturn',
      'end\r',
      '\\',
      ' lead',
      '*star',
      '-x',
      'ä💾',
      'a  b',
    ];
    const files = Object.fromEntries(odd.map((name) => [name, name]));
    const { run, workplace } = await useBackedUp(t, { ...FILES, ...files }, ['--md5sums', 'sums.txt']);
    const check = () =>
      execFileSync('md5sum', ['--check', '--strict', '../sums.txt'], { cwd: workplace.source });
    assert.equal(check().toString().match(/: OK$/gm)?.length, odd.length + 3);
    workplace.write('source/carriage\rreturn', 'other');
    assert.throws(check);
    rmSync(workplace.source, { recursive: true });
    const before = workplace.read('sums.txt');
    assert.equal((await run(['--md5sums', 'sums.txt'])).code, 1);
    assert.equal(workplace.read('sums.txt'), before);
  });

  it('lists only proved files, and is not changed by a dry run', async (t) => {
    const { run, server, workplace } = await useBackedUp(t, { a: 'a', b: 'b' }, 'not-yet');
    workplace.write('sums', 'old');
    assert.equal((await run(['--md5sums', 'sums', '--dry-run'])).code, 0);
    assert.equal(workplace.read('sums'), 'old');
    const fault = { kind: 'error', status: 403, code: 'AccessDenied' } as const;
    server.faults.plan({ operation: 'PutObject', key: `${PREFIX}b`, do: fault });
    assert.equal((await run(['--md5sums', 'sums'])).code, 2);
    assert.equal(workplace.read('sums'), '0cc175b9c0f1b6a831c399e269772661  a\n');
    assert.deepEqual(workplace.names(), ['source', 'sums']);
  });

  it('warns if it lacks files that were not read', async (t) => {
    const { run, workplace } = await useBackedUp(t, { a: 'a' }, 'not-yet');
    utimesSync(join(workplace.source, 'a'), 1e9, 1e9);
    const env = { backup_backup__compare: 'size-mtime' };
    assert.equal((await run([], { env })).stderr, '');
    const { code, stderr } = await run(['--md5sums', 'sums'], { env });
    assert.deepEqual([code, workplace.read('sums')], [0, '']);
    assert.match(
      stderr,
      /WARN: unchanged files that were not read are missing in the MD5s: .*--compare checksum/,
    );
  });

  it('is refused before anything is sent if it cannot be written', async (t) => {
    const { run, client, workplace } = await useBackedUp(t, { a: 'a' }, 'not-yet');
    const { code, stderr } = await run(['--md5sums', 'source/a/x', '--output-json', 'report.json']);
    assert.equal(code, 1);
    assert.match(stderr, /REPORT_NOT_WRITABLE\]\n {2}Check report\.md5sums or --md5sums\./);
    assert.deepEqual([await keysIn(client), workplace.names()], [[], ['source']]);
  });
});
