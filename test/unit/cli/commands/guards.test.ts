import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Report } from '../../../../src/report/report.ts';
import { runCli, serverEnvironment, useWorkplace } from '../../../support/cli-context.ts';
import { useS3Server } from '../../../support/s3-server.ts';

/** Ten files of a thousand bytes. */
async function usePlace(t: TestContext) {
  const server = await useS3Server(t);
  const files = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`${n}`, `${n}`.repeat(1000)]));
  const workplace = useWorkplace(t, files);
  const run = (argv: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    runCli(workplace, argv, { env: { ...serverEnvironment(server), ...env } });
  const report = (): Report => JSON.parse(workplace.read('report.json'));
  return { server, workplace, run, report };
}

describe('--max-transfer', () => {
  it('ends a move with 2, says so on the screen and in the report, and the next run continues', async (t) => {
    const { workplace, run, report } = await usePlace(t);
    const move = ['--source', 'source', '--delete-after-upload', '--output-json', 'report.json'];
    const { code, stdout, stderr } = await run([...move, '--max-transfer', '4K']);
    assert.equal(code, 2);
    assert.match(stdout, /^Ended at its limit \(MAX_TRANSFER\)\. 4 of \d+ files verified/);
    assert.match(stdout, /failed and not deleted \(INTERRUPTED \d+\)/);
    assert.match(
      stderr,
      /WARN: run ended at its limit: The run may send 4096 bytes, .* raise --max-transfer\.\n/,
    );
    assert.deepEqual([report().error?.code, report().exit_code], ['MAX_TRANSFER', 2]);
    assert.equal(Object.keys(workplace.tree()).length, 6);
    const next = await run([...move, '--max-transfer', 'off'], { backup_transfer__max_transfer: '1' });
    assert.deepEqual([next.code, workplace.tree()], [0, {}]);
  });

  it('is no error: with --quiet nothing is printed', async (t) => {
    const { run } = await usePlace(t);
    const quiet = await run(['--source', 'source', '--max-transfer', '4K', '--quiet']);
    assert.deepEqual(quiet, { code: 2, stdout: '', stderr: '', exits: [] });
  });

  it('that is none is refused', async (t) => {
    const { server, run } = await usePlace(t);
    const { code, stderr } = await run(['--source', 'source', '--max-transfer', '50GB']);
    assert.match(
      stderr,
      /^s3-backup: --max-transfer: transfer\.max_transfer: "50GB" is not allowed; use a size: /,
    );
    assert.deepEqual([code, server.requests.length], [1, 0]);
  });
});

describe('--max-duration', () => {
  const SLOW = { operation: 'ListObjectsV2', times: 2, do: { kind: 'delay', ms: 1_200 } } as const;
  const COMMANDS: Readonly<Record<string, RegExp>> = {
    '--source source': /^Ended at its limit \(MAX_DURATION\)\. 0 of 0 files verified/,
    'restore --to back': /^Ended at its limit \(MAX_DURATION\)\. 0 of 0 files from/,
    'verify --source source': /^Ended at its limit \(MAX_DURATION\)\. Nothing to compare/,
    'verify --against report.json': /^Ended at its limit \(MAX_DURATION\)\. /,
  };
  for (const [command, headline] of Object.entries(COMMANDS))
    it(`ends \`${command}\` with 2`, async (t) => {
      const { server, run } = await usePlace(t);
      await run(['--source', 'source', '--output-json', 'report.json']);
      server.faults.plan(SLOW);
      const { code, stdout, stderr } = await run([...command.split(' '), '--max-duration', '1s']);
      assert.equal(code, 2, stderr);
      assert.match(stdout, headline);
      assert.match(stderr, /The run may take 1 s, and these are over\..*\[MAX_DURATION\]/);
    });

  it('of the configuration holds, too', async (t) => {
    const { server, run } = await usePlace(t);
    server.faults.plan(SLOW);
    const { code } = await run(['--source', 'source'], { backup_transfer__max_duration: '1' });
    assert.equal(code, 2);
  });
});

describe('--max-delete', () => {
  it('in a dry run lists all files, and then says that nothing would be done', async (t) => {
    const { workplace, run, report } = await usePlace(t);
    const move = ['--source', 'source', '--delete-after-upload', '--max-delete', '3', '--dry-run'];
    const { code, stdout, stderr } = await run([...move, '--output-json', 'report.json']);
    assert.equal(code, 1);
    assert.equal(stdout.match(/^would move +1 kB /gm)?.length, 10, stdout);
    const refusal = 'The move would delete 10 of 10 files here; the limit is 3.';
    assert.ok(stdout.includes(`\nDry run: nothing would be done. ${refusal}\n`), stdout);
    assert.match(stderr, /\[MAX_DELETE\]/);
    assert.deepEqual([report().error?.message, report().planned?.files], [refusal, 10]);
    assert.equal(Object.keys(workplace.tree()).length, 10);
  });
});
