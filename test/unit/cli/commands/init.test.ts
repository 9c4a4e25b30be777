import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runCli, useWorkplace } from '../../../support/cli-context.ts';

const SAMPLE = readFileSync('.backuprc.example', 'utf8');

describe('init', () => {
  for (const [argv, file] of [
    [['init'], '.backuprc'],
    [['init', 'my.yaml'], 'my.yaml'],
    [['--create-config'], '.backuprc'],
    [['--create-config', '--config', 'config.yaml'], 'config.yaml'],
  ] as const) {
    it(`writes the sample configuration with mode 0600 with \`${argv.join(' ')}\``, async (t) => {
      const workplace = useWorkplace(t);
      const { code, stdout, stderr } = await runCli(workplace, argv);
      assert.deepEqual([code, stderr], [0, '']);
      const path = join(workplace.cwd, file);
      const where = file === '.backuprc' ? '' : ` --config ${file}`;
      const said = `Wrote ${path} (mode 0600). Edit it, then check it with: s3-backup status${where}\n`;
      assert.equal(stdout, said);
      assert.equal(readFileSync(path, 'utf8'), SAMPLE);
      assert.equal(statSync(path).mode & 0o777, 0o600);
    });
  }

  it('prints it for `-`, and writes no file', async (t) => {
    const workplace = useWorkplace(t);
    const { code, stdout, stderr } = await runCli(workplace, ['init', '-']);
    assert.deepEqual([code, stdout, stderr, workplace.names()], [0, SAMPLE, '', ['source']]);
  });

  for (const argv of [
    ['init', 'mine'],
    ['--create-config', '-c', 'mine'],
  ]) {
    it(`refuses to overwrite a file with \`${argv.join(' ')}\``, async (t) => {
      const workplace = useWorkplace(t);
      workplace.write('mine', 'precious');
      const { code, stdout, stderr } = await runCli(workplace, argv);
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(
        stderr,
        /^s3-backup: .*mine: already exists; use --force to replace it \[CONFIG_EXISTS\]\n$/,
      );
      assert.equal(workplace.read('mine'), 'precious');
      assert.deepEqual(workplace.names(), ['mine', 'source']);
    });
  }

  it('--force replaces a file, and the new one is for its owner only', async (t) => {
    const workplace = useWorkplace(t);
    const path = workplace.write('mine', 'old', 0o644);
    const { code, stderr } = await runCli(workplace, ['init', 'mine', '--force']);
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(workplace.read('mine'), SAMPLE);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(workplace.names(), ['mine', 'source']);
  });

  it('writes a file that can be loaded: the next status reports missing values only', async (t) => {
    const workplace = useWorkplace(t);
    await runCli(workplace, ['init']);
    const { code, stdout } = await runCli(workplace, ['status']);
    assert.equal(code, 1);
    assert.match(stdout, /^Configuration\n/);
    assert.match(stdout, /✗ source +No source folder was given[\s\S]*✗ bucket +No bucket was given/);
  });

  it('fails in a folder that does not exist, and creates nothing', async (t) => {
    const workplace = useWorkplace(t);
    const { code, stderr } = await runCli(workplace, ['init', 'no/such/.backuprc']);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^s3-backup: .*no\/such\/\.backuprc: cannot be written: ENOENT.* \[CONFIG_UNWRITABLE\]\n$/,
    );
    assert.deepEqual(workplace.names(), ['source']);
  });
});
