import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { runCli, serverEnvironment, useWorkplace } from '../../../support/cli-context.ts';
import { useS3Server } from '../../../support/s3-server.ts';

const NO_SYSTEM = process.platform === 'win32' ? 'Windows looks for programs in another way' : false;

/** What `status` says of this machine, a line for each check, and its exit code. */
async function checked(t: TestContext, settings: Readonly<Record<string, string>>, path?: string) {
  const workplace = useWorkplace(t, { 'a.txt': 'a' });
  const { cwd } = workplace;
  mkdirSync(join(cwd, 'out'));
  writeFileSync(join(cwd, 'out', 'report.json'), 'old');
  writeFileSync(join(cwd, 'hook'), '#!/bin/sh\n');
  chmodSync(join(cwd, 'hook'), 0o755);
  writeFileSync(join(cwd, 'no-hook'), '#!/bin/sh\n');
  const env = {
    ...serverEnvironment(await useS3Server(t)),
    backup_backup__source_directory: 'source',
    ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [`backup_${key}`, value])),
    ...(path !== undefined && { PATH: path }),
  };
  const { code, stdout } = await runCli(workplace, ['status', '--no-write-probe'], { env });
  assert.deepEqual(readdirSync(join(cwd, 'out')), ['report.json']);
  return { code, stdout: stdout.slice(stdout.indexOf('Checks')).replaceAll(`${cwd}/`, '') };
}

describe('status on this machine', () => {
  it('shows that each output can be written, and leaves nothing of its try', async (t) => {
    const { code, stdout } = await checked(t, {
      report__output_json: 'out/report.json',
      report__html: 'out/report.html',
      report__md5sums: 'out/sums',
      report__events: 'out/events',
      report__metrics: 'out/x.prom',
      logging__log_file: 'logs/deep/backup.log',
    });
    assert.equal(code, 0, stdout);
    const lines = ['report', 'page', 'md5sums', 'events', 'metrics'].map((name) => `  ✓ ${name} `);
    for (const line of lines) assert.match(stdout, new RegExp(`^${line} +out/\\S+ can be written$`, 'm'));
    assert.match(stdout, /^ {2}✓ log +logs\/deep\/backup.log can be written: its folder will be made$/m);
  });

  for (const [name, key] of [
    ['report', 'report__output_json'],
    ['page', 'report__html'],
    ['md5sums', 'report__md5sums'],
    ['events', 'report__events'],
    ['metrics', 'report__metrics'],
  ] as const)
    it(`fails if the folder of ${name} is missing, and says what to do`, async (t) => {
      const { code, stdout } = await checked(t, { [key]: 'gone/x.prom' });
      assert.equal(code, 1, stdout);
      assert.match(
        stdout,
        new RegExp(
          `^ {2}✗ ${name} +gone/x.prom cannot be written: .*\\[REPORT_NOT_WRITABLE\\]\n +Check report\\..*: its folder must exist\\.$`,
          'm',
        ),
      );
    });

  it('fails if the log would be below a file', async (t) => {
    const { code, stdout } = await checked(t, { logging__log_file: 'hook/backup.log' });
    assert.equal(code, 1, stdout);
    assert.match(stdout, /^ {2}✗ log +hook\/backup.log cannot be written: .*\[LOG_NOT_WRITABLE\]$/m);
  });

  it('does not open what is no regular file', async (t) => {
    const { code, stdout } = await checked(t, { report__output_json: '/dev/null' });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^ {2}✓ report +\/dev\/null is no regular file, and was not tried$/m);
  });

  it('shows that the programs of hooks can be executed', { skip: NO_SYSTEM }, async (t) => {
    const { code, stdout } = await checked(t, {
      hooks__before: '["./hook", "make"]',
      hooks__on_failure: '["sh", "-c", "true"]',
    });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^ {2}✓ hook before +\.\/hook can be executed$/m);
    assert.match(stdout, /^ {2}✓ hook on_failure +sh can be executed$/m);
  });

  for (const [what, settings, line] of [
    [
      'is not there',
      { hooks__before: '["./gone"]' },
      /✗ hook before +there is no program \.\/gone\n +Check hooks/,
    ],
    [
      'is in no folder of PATH',
      { hooks__after: '["gone"]' },
      /✗ hook after +there is no program gone in any folder of PATH\n/,
    ],
    [
      'cannot be executed',
      { hooks__after: '["./no-hook"]' },
      /✗ hook after +.* cannot be executed \(EACCES\)\n/,
    ],
    ['is a folder', { hooks__after: '["./out"]' }, /✗ hook after +\.\/out cannot be executed \(EACCES\)\n/],
    [
      'that sends mail is not there',
      { notify__email: '["me@example.com"]', notify__sendmail: '["./gone"]' },
      /✗ mail +there is no program \.\/gone\n +Check notify\.sendmail/,
    ],
  ] as const)
    it(`fails if a program ${what}`, { skip: NO_SYSTEM }, async (t) => {
      const { code, stdout } = await checked(t, settings as Record<string, string>);
      assert.equal(code, 1, stdout);
      assert.match(stdout, line);
    });

  it('finds programs in the PATH of the run, in folders that are links, too', {
    skip: NO_SYSTEM,
  }, async (t) => {
    const { cwd } = useWorkplace(t);
    writeFileSync(join(cwd, 'own-hook'), '#!/bin/sh\n', { mode: 0o755 });
    symlinkSync(cwd, join(cwd, 'linked'));
    const { stdout } = await checked(t, { hooks__before: '["own-hook"]' }, `/nowhere:${cwd}/linked`);
    assert.match(stdout, /✓ hook before +own-hook can be executed$/m);
  });

  it('looks past a folder of PATH that may not be searched', {
    skip: NO_SYSTEM || (process.geteuid?.() === 0 && 'root may search every folder'),
  }, async (t) => {
    const { cwd } = useWorkplace(t);
    mkdirSync(join(cwd, 'closed'), { mode: 0 });
    const { stdout } = await checked(t, { hooks__after: '["gone"]' }, `${cwd}/closed:/bin`);
    assert.match(stdout, /✗ hook after +there is no program gone in any folder of PATH\n/);
  });
});
