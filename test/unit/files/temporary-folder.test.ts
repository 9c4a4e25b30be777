import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeTemporaryFolder } from '../../../src/files/temporary-folder.ts';
import { makeManifestFolder } from '../../../src/manifest/manifest-folder.ts';
import { keysIn, useBucketClient } from '../../support/bucket.ts';
import { serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { start, useProgram } from '../../support/program.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { useFolder } from '../../support/tree.ts';

const program = useProgram();
const isRoot = process.geteuid?.() === 0;
const WINDOWS = process.platform === 'win32' && 'Windows has no such modes';

/** Has this process take a folder for the system's one for temporary files. */
function useTemporary(t: TestContext): string {
  const before = process.env.TMPDIR;
  const folder = useFolder(t);
  process.env.TMPDIR = folder;
  t.after(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  return folder;
}

function leave(path: string, days: number, mode = 0o700): void {
  mkdirSync(path);
  writeFileSync(join(path, 'content'), 'of somebody');
  chmodSync(path, mode);
  const time = Date.now() / 1000 - days * 24 * 3600;
  lutimesSync(path, time, time);
}

test('leftovers of a killed process are removed by the next run a week later, and nothing else is', {
  skip: WINDOWS,
}, (t) => {
  const folder = useTemporary(t);
  leave(join(folder, 's3-backup-demo-aaaaaa'), 8);
  leave(join(folder, 's3-backup-demo-bbbbbb'), 6);
  leave(join(folder, 's3-backup-demo-cccccc'), 8, 0o755);
  leave(join(folder, 's3-backup-demo-toolong'), 8);
  leave(join(folder, 's3-backup-manifest-aaaaaa'), 8);
  leave(join(folder, 'elsewhere'), 8);
  symlinkSync('elsewhere', join(folder, 's3-backup-demo-dddddd'));
  const time = Date.now() / 1000 - 8 * 24 * 3600;
  lutimesSync(join(folder, 's3-backup-demo-dddddd'), time, time);
  if (isRoot) {
    leave(join(folder, 's3-backup-demo-eeeeee'), 8);
    chownSync(join(folder, 's3-backup-demo-eeeeee'), 12_345, 12_345);
  }
  const before = readdirSync(folder);
  const made = makeTemporaryFolder('demo');
  assert.equal(made.isExposed, false);
  assert.equal(statSync(made.path).mode & 0o777, 0o700);
  assert.equal(dirname(made.path), folder);
  const stay = before.filter((name) => name !== 's3-backup-demo-aaaaaa');
  assert.deepEqual(readdirSync(folder).sort(), [...stay, basename(made.path)].sort());
  assert.deepEqual(readdirSync(join(folder, 'elsewhere')), ['content']);
});

test('nothing is removed if another user can put a link in its place', { skip: WINDOWS }, (t) => {
  const folder = useTemporary(t);
  chmodSync(folder, 0o777);
  leave(join(folder, 's3-backup-demo-aaaaaa'), 8);
  const made = makeTemporaryFolder('demo');
  assert.equal(made.isExposed, true);
  rmdirSync(made.path);
  assert.deepEqual(readdirSync(folder), ['s3-backup-demo-aaaaaa']);
  chmodSync(folder, 0o1777);
  rmdirSync(makeTemporaryFolder('demo').path);
  assert.deepEqual(readdirSync(folder), []);
});

test('a manifest is written only where no other user can replace it', { skip: WINDOWS }, (t) => {
  const own = useFolder(t);
  const exposed = useFolder(t);
  chmodSync(exposed, 0o777);
  const made = makeManifestFolder([exposed, own]);
  assert.equal(dirname(made), own);
  assert.throws(() => makeManifestFolder([exposed, join(own, 'missing')]), {
    message:
      /^there is no place to write it: others may rename folders in \S+; ENOENT: .*missing'; set TMPDIR to a folder of your own$/,
  });
  assert.deepEqual(readdirSync(exposed), []);
  assert.deepEqual(readdirSync(own), [basename(made)]);
});

test('if TMPDIR is such a folder, a manifest is stored, and the demo asks for another folder', {
  skip: WINDOWS,
}, async (t) => {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'a' });
  const temporary = join(workplace.root, 'tmp');
  mkdirSync(temporary);
  chmodSync(temporary, 0o777);
  const env = { ...serverEnvironment(server), TMPDIR: temporary };
  const run = (...argv: string[]) =>
    start([process.execPath, program.bin, ...argv], { workplace, env }).ended;
  const seen: string[][] = [];
  server.faults.plan({
    operation: 'PutObject',
    key: /^\.s3-backup\/runs\//,
    do: { kind: 'call', run: () => void seen.push(readdirSync(temporary)) },
  });
  const { code, stderr } = await run('--source', 'source', '--manifest');
  assert.deepEqual([code, stderr], [0, '']);
  assert.deepEqual(seen, [[]], 'others could replace the manifest while it is sent');
  const keys = await keysIn(useBucketClient(t, server));
  assert.ok(keys.some((key) => key.startsWith('.s3-backup/runs/')));
  const demo = await run('demo');
  assert.equal(demo.code, 1);
  assert.match(
    demo.stderr,
    /^s3-backup: Other users may rename folders in TMPDIR: .*tmp \[BAD_OPTION\]\n {2}Set TMPDIR/,
  );
  assert.deepEqual(readdirSync(temporary), []);
});
