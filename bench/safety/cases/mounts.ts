import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Arena, PREFIX } from '../arena.ts';
import { BUCKET } from '../bucket.ts';
import type { SafetyCase } from '../case.ts';

const CONTENT = 'all of it, also what its size does not count\n';

/** The bucket's folder, shown as the source by s3fs. Returns why it cannot be. */
async function mountBucket(arena: Arena): Promise<string | undefined> {
  if (spawnSync('s3fs', ['--version']).error) return 'no s3fs';
  const { endpoint, region, accessKeyId, secretAccessKey } = arena.server;
  const passwords = join(arena.home, 'passwords');
  writeFileSync(passwords, `${accessKeyId}:${secretAccessKey}\n`, { mode: 0o600 });
  const options = [
    `url=${endpoint}`,
    `endpoint=${region}`,
    `passwd_file=${passwords}`,
    'use_path_request_style',
  ].flatMap((option) => ['-o', option]);
  const mount = spawn('s3fs', [`${BUCKET}:/${PREFIX.replace(/\/$/, '')}`, arena.source, ...options]);
  const [code] = await once(mount, 'exit');
  if (code !== 0) return 's3fs cannot mount here';
  arena.atEnd(() => spawnSync('umount', [arena.source]));
  return undefined;
}

/** The source is another folder, with sizes that are too small. Returns why it cannot be. */
async function mountWithWrongSizes(arena: Arena, real: string): Promise<string | undefined> {
  const script = fileURLToPath(new URL('../../../test/support/fuse/odd.py', import.meta.url));
  // The system's own Python, which has the module of Debian's package.
  const mount = spawn('/usr/bin/python3', [script, real, arena.source, 'half-size']);
  if (!(await isReady(mount))) return 'no FUSE with /usr/bin/python3 and python3-fusepy';
  arena.atEnd(() => {
    spawnSync('umount', ['-l', arena.source]);
    cpSync(real, arena.source, { recursive: true });
  });
  return undefined;
}

function isReady(mount: ChildProcess): Promise<boolean> {
  const said = mount.stdout ? once(mount.stdout, 'data').then(() => true) : false;
  const ended = Promise.race([once(mount, 'exit'), once(mount, 'error')]).then(() => false);
  return Promise.race([said, ended, sleep(5_000, false, { ref: false })]);
}

export const MOUNTS: readonly SafetyCase[] = [
  {
    id: 'source-is-bucket',
    title: 'the source is a mount of the destination (s3fs)',
    async prepare(arena) {
      for (const name of ['a.txt', 'folder/b.txt']) {
        const content = `the only copy of ${name}\n`;
        await arena.addObject(name, content, {}, false);
        arena.expect(name, content, { mustUpload: false });
      }
      return mountBucket(arena);
    },
  },
  {
    id: 'holds-more',
    title: 'a file holds more than its size says (FUSE)',
    async prepare(arena) {
      const real = join(arena.root, 'real');
      mkdirSync(real);
      writeFileSync(join(real, 'file.txt'), CONTENT);
      arena.expect('file.txt', CONTENT);
      return mountWithWrongSizes(arena, real);
    },
  },
];
