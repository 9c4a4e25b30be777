import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Report } from '../../src/index.ts';
import { useBucketClient } from '../support/bucket.ts';
import { serverEnvironment, useWorkplace } from '../support/cli-context.ts';
import { contentOf, lookAtBucket, lookAtDisk, rawPath } from '../support/findings.ts';
import { Ledger } from '../support/ledger.ts';
import { start, useProgram } from '../support/program.ts';
import { untruths } from '../support/report-truth.ts';
import { useS3Server } from '../support/s3-server.ts';

const EIO = 5;
const MIB = 1024 * 1024;
const program = useProgram();
const MISSING =
  spawnSync('fiu-run', ['-h']).error === undefined
    ? false
    : 'fiu-run is not installed (Debian: apt-get install fiu-utils)';

/** libfiu lets pread, by which file contents are read and nothing else, fail as a dying disk does. */
for (const probability of [0.1, 0.5, 1]) {
  const percent = probability * 100;
  test(`of files whose reading fails with EIO in ${percent} % of all reads none is lost`, {
    skip: MISSING,
  }, async (t) => {
    const server = await useS3Server(t);
    const files: Record<string, string | Buffer> = { large: Buffer.alloc(12 * MIB, 'two parts ') };
    for (let index = 0; index < 40; index += 1) files[`d${index % 3}/file-${index}`] = `content ${index}`;
    const workplace = useWorkplace(t, files);
    const ledger = new Ledger('moved/');
    for (const [name, bytes] of Object.entries(files))
      ledger.note(rawPath(name), contentOf(Buffer.from(bytes)));
    const file = join(workplace.root, 'report.json');
    const fault = `enable_random name=posix/io/rw/pread,probability=${probability},failinfo=${EIO}`;
    const args = ['run', '--delete-after-upload', '--prefix', 'moved', '--source', workplace.source];
    const command = [
      'fiu-run',
      '-x',
      '-c',
      fault,
      process.execPath,
      program.bin,
      ...args,
      '--output-json',
      file,
    ];
    const { code, stderr } = await start(command, { workplace, env: serverEnvironment(server) }).ended;
    assert.equal(code, 2, stderr);
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
    const objects = await lookAtBucket(useBucketClient(t, server), 'moved/');
    const found = { ...lookAtDisk(workplace.source), objects, outside: new Map() };
    assert.deepEqual(ledger.losses(found), []);
    assert.deepEqual(untruths(report, ledger, found), []);
    const broken = report.files.filter(
      ({ code, reason }) => code === 'UNREADABLE' && /EIO/.test(reason ?? ''),
    );
    assert.ok(broken.length > 0, 'no reading failed');
    assert.equal(report.counts.failed, broken.length);
    if (probability === 1) assert.equal(report.counts.deleted, 0);
  });
}
