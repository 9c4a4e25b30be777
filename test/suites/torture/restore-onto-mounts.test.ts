/** Restores onto file systems that show the times, the size and the names of a file late, or in ways of their own. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { withMounted, withOddFileSystem } from '../../support/mounts.ts';
import { endsOf, restoreFrom, useRestorePlace } from '../../support/restore.ts';
import { MIB } from '../../support/run.ts';
import { useSftp } from '../../support/sftp.ts';

/** Shows the first folder at the second for the time of `work`. */
type Mount = (t: TestContext, real: string, point: string, work: () => Promise<void>) => Promise<void>;

/** Without a delay rclone 1.60 tries no failed upload again, and two uploads of one name at once both fail. */
const WRITE_BACK = '1s';

const rclone =
  (cacheMode: string): Mount =>
  (t, real, point, work) => {
    const options = [
      '--daemon',
      '--vfs-cache-mode',
      cacheMode,
      '--vfs-write-back',
      WRITE_BACK,
      '--config',
      '/dev/null',
    ];
    const cache = ['--cache-dir', `${real}.cache`];
    return withMounted(t, ['rclone', 'mount', real, point, ...options, ...cache], point, work);
  };

const odd =
  (...quirks: string[]): Mount =>
  (t, real, point, work) =>
    withOddFileSystem(t, real, point, quirks, work);

const bindfs: Mount = (t, real, point, work) => withMounted(t, ['bindfs', real, point], point, work);

const sshfs: Mount = async (t, real, point, work) => {
  const command = await useSftp(t, real, point);
  if (typeof command === 'string') return t.skip(command);
  return withMounted(t, command, point, work);
};

const MOUNTS: Readonly<Record<string, Mount>> = {
  'an rclone mount that keeps what is written in a cache': rclone('writes'),
  'an rclone mount that keeps everything in a cache': rclone('full'),
  'an rclone mount that caches what is read and written': rclone('minimal'),
  'a FUSE file system': odd(),
  'a FUSE file system without hard links': odd('no-links'),
  'a FUSE file system with modes of its own': odd('own-modes', 'no-links'),
  'a FUSE file system with times of whole seconds': odd('whole-seconds'),
  bindfs,
  sshfs,
};

/** An rclone mount writes back after the last close, and shows what has come of a file until then. */
async function untilThere(path: string, content: Buffer): Promise<void> {
  for (let tries = 0; !existsSync(path) || !readFileSync(path).equals(content); tries += 1) {
    assert.ok(tries < 300, `${path} is not there`);
    await sleep(100);
  }
}

for (const [name, mount] of Object.entries(MOUNTS)) {
  test(`${name}: small and large files are restored`, async (t) => {
    const place = await useRestorePlace(t);
    const large = Buffer.alloc(40 * MIB, 'large');
    const mtime = '1700000000.000000000';
    await place.put('sub/large', large, { Metadata: { mtime } });
    await place.put('small', 'small', { Metadata: { mtime } });
    const [real, point] = [join(place.root, 'real'), join(place.root, 'mounted')];
    mkdirSync(real);
    await mount(t, real, point, async () => {
      for (const fate of ['restored', 'unchanged']) {
        const report = await restoreFrom(place.server, point);
        assert.deepEqual(endsOf(report), { 'sub/large': fate, small: fate }, JSON.stringify(report.files));
        await untilThere(join(real, 'sub/large'), large);
      }
      assert.equal(readFileSync(join(point, 'small'), 'utf8'), 'small');
      assert.ok(readFileSync(join(point, 'sub/large')).equals(large));
      assert.deepEqual(readdirSync(join(point, 'sub')), ['large']);
    });
  });
}

test('an rclone mount that cannot read what is being written: a large file says which mode can', async (t) => {
  const place = await useRestorePlace(t);
  await place.put('sub/large', Buffer.alloc(40 * MIB, 'large'));
  await place.put('small', 'small');
  const [real, point] = [join(place.root, 'real'), join(place.root, 'mounted')];
  mkdirSync(real);
  await rclone('off')(t, real, point, async () => {
    const report = await restoreFrom(place.server, point);
    assert.deepEqual(endsOf(report), { 'sub/large': 'failed WRITE_FAILED', small: 'restored' });
    assert.match(report.files.find(({ fate }) => fate === 'failed')?.reason ?? '', /--vfs-cache-mode writes/);
    assert.deepEqual(readdirSync(join(point, 'sub')), []);
  });
});
