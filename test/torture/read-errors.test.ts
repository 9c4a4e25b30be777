import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { useBucketClient } from '../support/bucket.ts';
import { serverEnvironment, useWorkplace } from '../support/cli-context.ts';
import { contentOf, lookAtBucket, lookAtDisk, rawPath } from '../support/findings.ts';
import { Ledger } from '../support/ledger.ts';
import { start, useProgram } from '../support/program.ts';
import { useS3Server } from '../support/s3-server.ts';

const EIO = 5;
const MIB = 1024 * 1024;
const program = useProgram();
const MISSING =
  spawnSync('fiu-run', ['-h']).error === undefined
    ? false
    : 'fiu-run is not installed (Debian: apt-get install fiu-utils)';

/**
 * libfiu lets pread fail as a dying disk does. Node.js loads its own modules by pread as well, so this is switched on
 * not before the program's first request, which waits for it.
 */
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
    const pipes = join(workplace.root, 'fiu');
    const breakDisk = () =>
      control(
        workplace.root,
        `enable_random name=posix/io/rw/pread,probability=${probability},failinfo=${EIO}`,
      );
    server.faults.plan({ operation: 'ListObjectsV2', do: { kind: 'call', run: breakDisk } });
    const args = ['run', '--delete-after-upload', '--prefix', 'moved', '--source', workplace.source];
    const command = ['fiu-run', '-x', '-f', pipes, process.execPath, program.bin, ...args];
    const { code, stderr } = await start(command, { workplace, env: serverEnvironment(server) }).ended;
    assert.equal(code, 2, stderr);
    const objects = await lookAtBucket(useBucketClient(t, server), 'moved/');
    const found = { ...lookAtDisk(workplace.source), objects, outside: new Map() };
    assert.deepEqual(ledger.losses(found), []);
    // A JSON report is kept in a file until the end, by pread as well; so the log is what must tell the truth here.
    const told = [...stderr.matchAll(/file failed: (.+?): EIO.*\[UNREADABLE\]/g)];
    assert.deepEqual(told.map(([, path]) => path).sort(), [...found.files.keys()].sort());
    assert.ok(told.length > 0, 'no reading failed');
    if (probability === 1) assert.equal(found.objects.size, 0);
  });
}

/** The pipes are named after a process that only libfiu knows. */
async function control(folder: string, command: string): Promise<void> {
  const pipe = readdirSync(folder).find((name) => /^fiu-\d+\.in$/.test(name));
  assert.ok(pipe, 'libfiu has made no pipe');
  await promisify(execFile)('fiu-ctrl', ['-c', command, join(folder, pipe.slice(0, -3))]);
}
