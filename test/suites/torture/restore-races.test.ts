/** Another user who may write to the folder that root restores to, and puts files of root's in the place of new ones. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, fstatSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type RestorePlace, useRestorePlace } from '../../support/restore.ts';

const NOBODY = 65_534;
const ROOT_ONLY = { skip: process.getuid?.() !== 0 && 'only root can act as a second user' };
const FILES = 300;
const OWNER = { mtime: '1000000000', uid: String(NOBODY), gid: String(NOBODY), mode: '100666' };

/** Runs as the other user: swaps each name for one of root's files as soon as it appears, and prints how many it swapped. */
const SWAP = `
const { readdirSync, renameSync } = require('node:fs');
let swapped = 0;
process.stdout.write('ready');
process.on('SIGTERM', () => { process.stdout.write(' ' + swapped); process.exit(); });
(function look() {
  const until = Date.now() + 20;
  while (Date.now() < until) {
    for (const name of readdirSync('.')) {
      if (!/^(link|file)-|^\\.s3-backup-restore-/.test(name)) continue;
      try {
        renameSync(name, '../victims/away-' + swapped);
        renameSync('../victims/' + swapped, name);
        swapped += 1;
      } catch {}
    }
  }
  setImmediate(look);
})();
`;

/** Files of root's in a folder that everybody may write to, beside another one. Returns descriptors of them. */
function plantVictims(t: TestContext, place: RestorePlace): number[] {
  const victims = join(place.root, 'victims');
  chmodSync(place.root, 0o755);
  for (const folder of [victims, place.to]) {
    mkdirSync(folder);
    chmodSync(folder, 0o777);
  }
  return Array.from({ length: FILES }, (_, n) => {
    const path = join(victims, String(n));
    writeFileSync(path, 'precious', { mode: 0o600 });
    const fd = openSync(path, 'r');
    t.after(() => closeSync(fd));
    return fd;
  });
}

for (const kind of ['link', 'file'] as const) {
  for (const overwrite of [false, true]) {
    test(
      `no file of root's gets the owner, mode or times of a restored ${kind} (overwrite ${overwrite})`,
      ROOT_ONLY,
      async (t) => {
        const place = await useRestorePlace(t);
        const suffix = kind === 'link' ? '.rclonelink' : '';
        for (let n = 0; n < FILES; n += 1)
          await place.put(`${kind}-${n}${suffix}`, 'target', { Metadata: OWNER });
        const victims = plantVictims(t, place);
        const before = victims.map((fd) => fstatSync(fd, { bigint: true }));
        const racer = spawn(process.execPath, ['-e', SWAP], { cwd: place.to, uid: NOBODY, gid: NOBODY });
        t.after(() => racer.kill('SIGKILL'));
        let output = '';
        racer.stdout.on('data', (text) => {
          output += text;
        });
        await once(racer.stdout, 'data');

        await place.restore({ links: true, overwrite });

        racer.kill('SIGTERM');
        await once(racer, 'close');
        assert.ok(Number(output.split(' ')[1]) > 0, `the other user has swapped nothing: ${output}`);
        for (const [n, fd] of victims.entries()) {
          const { uid, gid, mode, mtimeNs, size } = fstatSync(fd, { bigint: true });
          const was = before[n];
          assert.deepEqual(
            [uid, gid, mode, mtimeNs, size],
            [was?.uid, was?.gid, was?.mode, was?.mtimeNs, was?.size],
          );
        }
      },
    );
  }
}
