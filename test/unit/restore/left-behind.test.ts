/** What a restore that did not come to its end has left in its folder, when that folder is backed up. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { verifyFiles } from '../../../src/index.ts';
import { bytesOfLength } from '../../suites/contract/support/source.ts';
import { keysIn } from '../../support/bucket.ts';
import { endsOf, type RestorePlace, useRestorePlace } from '../../support/restore.ts';
import { backupTo, fatesOf, MIB, moveTo, optionsFor } from '../../support/run.ts';
import { namesIn } from '../../support/tree.ts';

interface LeftBehind extends RestorePlace {
  /** Of what was left, relative to the folder. */
  readonly left: string;
}

/** Two objects of a folder, of which the larger one broke off. */
async function useLeftBehind(t: TestContext): Promise<LeftBehind> {
  const place = await useRestorePlace(t);
  await place.put('from/sub/large', bytesOfLength(20 * MIB));
  await place.put('from/sub/small', 'content');
  const error = { kind: 'error', status: 403, code: 'AccessDenied' } as const;
  place.server.faults.plan({ operation: 'GetObject', key: 'from/sub/large', skip: 2, do: error });
  const report = await place.restore({ prefix: 'from' });
  assert.equal(endsOf(report)['from/sub/large'], 'failed DOWNLOAD_FAILED');
  const [left = ''] = namesIn(place.to).filter((name) => name.includes('.s3-backup-restore-'));
  assert.match(left, /^sub\/\.s3-backup-restore-[0-9a-f]{24}$/);
  return { ...place, left };
}

test("a copy leaves out a restore's partial file, and says so in the report and in the log", async (t) => {
  const { server, to, left, client } = await useLeftBehind(t);
  const logged: unknown[] = [];
  const none = () => undefined;
  const logger = { debug: none, warn: none, error: none, info: (fields: object) => logged.push(fields) };
  const report = await backupTo(server, to, { prefix: 'copy', logger });
  assert.deepEqual(fatesOf(report), { [left]: 'skipped OWN_FILE', 'sub/small': 'kept' });
  assert.equal(report.exit_code, 0);
  assert.deepEqual(await keysIn(client), ['copy/sub/small', 'from/sub/large', 'from/sub/small']);
  const { reason } = report.files.find(({ path }) => path === left) ?? {};
  assert.match(reason ?? '', /restore/);
  assert.ok(logged.some((fields) => (fields as { path?: string }).path === left));
});

test("a move leaves a restore's partial file and its folder; the next restore resumes it", async (t) => {
  const place = await useLeftBehind(t);
  const { server, to, left } = place;
  const report = await moveTo(server, to, { prefix: 'moved' });
  assert.deepEqual(fatesOf(report), { [left]: 'skipped OWN_FILE', 'sub/small': 'deleted' });
  assert.deepEqual([report.exit_code, report.removed_folders], [0, 0]);
  assert.deepEqual(namesIn(to), ['sub', left]);

  const again = await place.restore({ prefix: 'from' });
  const large = again.files.find(({ key }) => key === 'from/sub/large');
  assert.deepEqual([again.exit_code, large?.fate], [0, 'restored']);
  assert.ok((large?.resumed_bytes ?? 0) >= 8 * MIB);
  assert.deepEqual(namesIn(to), ['sub', 'sub/large', 'sub/small']);
});

test("a list that names a restore's partial file does not upload it", async (t) => {
  const { server, to, left } = await useLeftBehind(t);
  const list = { input: Readable.from([Buffer.from(`${left}\n`)]) };
  const report = await moveTo(server, to, { prefix: 'moved', list });
  assert.deepEqual(fatesOf(report), { [left]: 'skipped OWN_FILE' });
  assert.ok(existsSync(join(to, left)));
});

test("verify reports a restore's partial file as missing neither here nor there", async (t) => {
  const { server, to, left, put } = await useLeftBehind(t);
  assert.equal((await backupTo(server, to, { prefix: 'copy' })).exit_code, 0);
  // Another version of this program, or another program, has uploaded one.
  await put('copy/.s3-backup-restore-0123456789abcdef01234567', 'half');
  const results: Record<string, string> = {};
  const summary = await verifyFiles(optionsFor(server, to, { prefix: 'copy' }), {
    strict: true,
    onResult: ({ path, result }) => {
      results[path] = result;
    },
  });
  assert.deepEqual([results, summary.exit_code], [{ [left]: 'left-out', 'sub/small': 'same' }, 0]);
});

test('only the exact form of a temporary name is taken for a partial file', async (t) => {
  const place = await useRestorePlace(t);
  const names = [
    '.s3-backup-restore-notes',
    '.s3-backup-restore-0123456789abcdef0123456',
    '.s3-backup-restore-0123456789abcdef012345678',
    '.s3-backup-restore-0123456789ABCDEF01234567',
    'x.s3-backup-restore-0123456789abcdef01234567',
  ];
  for (const name of names) await place.put(name, 'mine');
  assert.equal((await place.restore()).counts.restored, names.length);
  writeFileSync(place.path('.s3-backup-restore-0123456789abcdef01234567'), 'half');
  const report = await backupTo(place.server, place.to, { prefix: 'copy' });
  assert.deepEqual([report.counts.kept, report.counts.skipped], [names.length, 1]);
});
