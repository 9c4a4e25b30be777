import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hintOf } from '../../../../src/cli/output/own-words.ts';
import { runCli, serverEnvironment, useWorkplace } from '../../../support/cli-context.ts';
import { useS3Server } from '../../../support/s3-server.ts';

test("options in the library's hints become flags and settings, and the rest of the text stays", () => {
  const hint = 'Look at `dryRun`, raise `maxDelete`, and see `s3-backup runs`, `nothing` and `md5sum`.';
  assert.equal(
    hintOf({ code: 'MAX_DELETE', hint }),
    'Look at --dry-run, raise --max-delete, and see `s3-backup runs`, `nothing` and `md5sum`.',
  );
  assert.equal(hintOf({ code: 'MAX_DELETE', hint: undefined }), undefined);
});

test('a run that fails says what to do in the words of the command line, also in its log', async (t) => {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'source/a': 'a', 'source/b': 'b' });
  const argv = ['--source', 'source', '--delete-after-upload', '--max-delete', '1', '--log-file', 'log'];
  const { code, stdout, stderr } = await runCli(workplace, argv, { env: serverEnvironment(server) });
  const hint = 'A --dry-run lists them. If that many are meant to be deleted, raise --max-delete.';
  assert.equal(code, 1, stderr + stdout);
  const [last] = workplace
    .read('log')
    .split('\n')
    .filter((line) => line.includes('MAX_DELETE'))
    .map((line) => JSON.parse(line));
  assert.equal(last?.hint, hint);
  assert.doesNotMatch(stderr + stdout, /`maxDelete`|`dryRun`/);
});

test('a run that cannot begin says what to do in the words of the command line', async (t) => {
  const workplace = useWorkplace(t);
  const env = { S3_BUCKET_NAME: 'b', AWS_REGION: 'us-east-1' };
  const { code, stderr } = await runCli(workplace, ['--source', 'nowhere'], { env });
  assert.equal(code, 1);
  assert.match(stderr, /\[SOURCE_NOT_FOUND\]\n {2}Check backup\.source_directory \(--source\)\.\n/);
});
