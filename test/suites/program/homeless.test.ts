/** Users without a home folder: in containers with any number for a user, in systemd units, and with an empty HOME. */
import assert from 'node:assert/strict';
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { start, useProgram } from '../../support/program.ts';
import { useS3Server } from '../../support/s3-server.ts';

const STRANGER = 123_456;
const NEEDS_ROOT = process.geteuid?.() === 0 ? false : 'only root can run a program as somebody else';

const program = useProgram();

async function useStranger(t: TestContext) {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'a' });
  for (const path of ['', 'source', 'source/a.txt']) chownSync(join(workplace.cwd, path), STRANGER, STRANGER);
  const run = (argv: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    start([process.execPath, program.bin, ...argv], {
      workplace,
      env: { ...serverEnvironment(server), HOME: undefined, ...env },
      uid: STRANGER,
    }).ended;
  return { server, workplace, run };
}

describe('without HOME and an entry of the user in passwd', { skip: NEEDS_ROOT }, () => {
  for (const transport of ['auto', 'sdk']) {
    it(`every command works that needs no home folder (transport: ${transport})`, async (t) => {
      const { run } = await useStranger(t);
      for (const argv of [
        ['demo'],
        ['init', 'sample.yaml'],
        ['status', '--source', 'source'],
        ['--source', 'source', '--manifest', '--delete-after-upload'],
        ['ls'],
        ['verify', '--run', 'latest'],
        ['runs'],
        ['cleanup'],
        ['restore', '--to', 'back'],
      ]) {
        const { code, stderr } = await run(argv, { backup_transfer__transport: transport });
        assert.deepEqual([code, stderr], [0, ''], argv.join(' '));
      }
    });
  }

  it('what needs one says so', async (t) => {
    const { run } = await useStranger(t);
    const noHome = /no home folder/;
    const tilde = await run(['--source', '~/x']);
    assert.equal(tilde.code, 1);
    assert.match(
      tilde.stderr,
      /^s3-backup: ~\/x: HOME is not set, and the system knows no home folder for user 123456/,
    );
    const profile = await run(['--source', 'source', '--profile', 'office']);
    assert.equal(profile.code, 1);
    assert.match(profile.stderr, noHome);
    const keyless = await run(['--source', 'source'], { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' });
    assert.match(keyless.stderr, /^s3-backup: .*\[NO_CREDENTIALS\]\n/);
  });
});

describe('an empty or relative HOME', () => {
  for (const HOME of ['', '.', 'home']) {
    it(`${JSON.stringify(HOME)} does not have ~/.aws read in the current folder`, async (t) => {
      const server = await useS3Server(t);
      const workplace = useWorkplace(t, { 'a.txt': 'a' });
      const { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret, ...env } = serverEnvironment(server);
      for (const folder of ['', 'home']) {
        const aws = join(workplace.cwd, folder, '.aws');
        mkdirSync(aws, { recursive: true });
        writeFileSync(
          join(aws, 'credentials'),
          `[default]\naws_access_key_id = ${key}\naws_secret_access_key = ${secret}\n`,
        );
      }
      const command = [process.execPath, program.bin, '--source', 'source', '--delete-after-upload'];
      const { code, stderr } = await start(command, { workplace, env: { ...env, HOME } }).ended;
      assert.equal(code, 1);
      assert.match(stderr, /\[NO_CREDENTIALS\]/);
      assert.deepEqual([...server.requests], []);
    });
  }
});
