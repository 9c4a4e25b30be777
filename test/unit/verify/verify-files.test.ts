import assert from 'node:assert/strict';
import { readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { verifyFiles } from '../../../src/index.ts';
import type { VerifyEntry } from '../../../src/verify/result.ts';
import { backupTo, optionsFor } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { useTree } from '../../support/tree.ts';

test('a verification is no dry run of a backup, in its summary and in its log', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { 'a.txt': 'a', 'b.txt': 'b' });
  await backupTo(server, source);
  const lines: string[] = [];
  const log = (_fields: object, message: string) => lines.push(message);
  const summary = await verifyFiles(
    { ...optionsFor(server, source), logger: { debug: log, info: log, warn: log, error: log } },
    { onResult: () => undefined },
  );
  assert.equal(summary.dry_run, false);
  assert.equal(summary.planned, null);
  assert.deepEqual([lines[0], lines.at(-1)], ['verification started', 'verification ended']);
});

test('each file that is not the same is reported, counted and shown by the exit code', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { same: 'same', differs: 'differs', gone: 'gone' });
  await backupTo(server, source);
  writeFileSync(join(source, 'differs'), 'something else');
  writeFileSync(join(source, 'new'), 'new');
  unlinkSync(join(source, 'gone'));
  const results: Record<string, VerifyEntry['result']> = {};
  const summary = await verifyFiles(optionsFor(server, source), {
    onResult: ({ path, result }) => {
      results[path] = result;
    },
  });
  assert.deepEqual(results, { same: 'same', differs: 'differs', new: 'missing-there', gone: 'missing-here' });
  assert.deepEqual([summary.exit_code, summary.failed_uploads], [2, 2]);
  assert.deepEqual(readdirSync(source).sort(), ['differs', 'new', 'same']);
});
