import assert from 'node:assert/strict';
import { chmodSync, chownSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { describeSettings } from '../../../../src/cli/config/index.ts';
import { ownFiles } from '../../../../src/cli/session/own-files.ts';
import { NEEDS_ROOT, type Sandbox, sandbox } from './sandbox.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const BOTH = 'aws: {access_key_id_file: id, secret_access_key_file: key}';

/** A configuration that names a file for the key and one for its secret. */
function withFiles(box: Sandbox, mode = 0o600): { readonly id: string; readonly key: string } {
  box.write('cwd/c', BOTH);
  return { id: box.write('cwd/id', 'AKIAID\n'), key: box.write('cwd/key', `${SECRET}\n`, mode) };
}

/** Puts credentials where systemd puts those of a service, and returns the environment that it gives to the service. */
function asCredentials(box: Sandbox, values: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  for (const [name, value] of Object.entries(values)) box.write(`credentials/${name}`, value, 0o400);
  return { CREDENTIALS_DIRECTORY: join(box.cwd, '../credentials') };
}

describe('files that hold credentials', () => {
  for (const [what, end] of Object.entries({
    'no line end': '',
    'a line end': '\n',
    "Windows' line end": '\r\n',
  }))
    it(`are read with ${what}`, (t) => {
      const box = sandbox(t);
      const { id, key } = withFiles(box);
      box.write('cwd/key', SECRET + end);
      const { settings, origin, warnings, files } = box.load({ configFile: 'c' });
      assert.deepEqual([settings.aws.access_key_id, settings.aws.secret_access_key], ['AKIAID', SECRET]);
      assert.deepEqual(origin('aws.secret_access_key'), { kind: 'file', name: key });
      assert.deepEqual([warnings, files], [[], ['c', id, key]]);
    });

  it('may be named in the environment, and hold a token', (t) => {
    const box = sandbox(t);
    withFiles(box);
    const env = {
      backup_aws__access_key_id_file: 'id',
      backup_aws__secret_access_key_file: join(box.cwd, 'key'),
      backup_aws__session_token_file: box.write('cwd/token', 'token\n'),
    };
    const { aws } = box.load({ env }).settings;
    assert.deepEqual(
      [aws.access_key_id, aws.secret_access_key, aws.session_token],
      ['AKIAID', SECRET, 'token'],
    );
  });

  it('may hold the secret of a key that stands in the configuration', (t) => {
    const box = sandbox(t);
    withFiles(box);
    box.write('cwd/c', 'aws: {access_key_id: AKIAX, secret_access_key_file: key}');
    const { aws } = box.load({ configFile: 'c' }).settings;
    assert.deepEqual([aws.access_key_id, aws.secret_access_key], ['AKIAX', SECRET]);
  });

  it('give way to credentials of the environment, and are then not read', (t) => {
    const box = sandbox(t);
    box.write('cwd/c', BOTH);
    const env = { AWS_ACCESS_KEY_ID: 'AKIAE', AWS_SECRET_ACCESS_KEY: 'other' };
    const { settings, origin } = box.load({ configFile: 'c', env });
    assert.equal(settings.aws.secret_access_key, 'other');
    assert.equal(settings.aws.secret_access_key_file, undefined);
    assert.equal(origin('aws.secret_access_key').name, 'AWS_SECRET_ACCESS_KEY');
  });

  it('are refused beside the value itself, alone, empty, missing, or with a space in them', (t) => {
    const box = sandbox(t);
    const { key } = withFiles(box);
    const problemsOf = (config: string) => {
      box.write('cwd/c', config);
      return box.refused({ configFile: 'c' }).problems;
    };
    assert.deepEqual(
      problemsOf('aws: {access_key_id: A, secret_access_key: B, secret_access_key_file: key}'),
      ['c: aws.secret_access_key_file: c sets aws.secret_access_key; keep one of them'],
    );
    assert.match(
      problemsOf('aws: {secret_access_key_file: key}').join(),
      /: is set alone, and aws\.access_key_id/,
    );
    assert.deepEqual(problemsOf('aws: {access_key_id: A, secret_access_key_file: none}'), [
      `${join(box.cwd, 'none')}: no such file; check aws.secret_access_key_file`,
    ]);
    box.write('cwd/key', '\n');
    assert.deepEqual(problemsOf(BOTH), [`c: aws.secret_access_key_file: ${key} is empty`]);
    box.write('cwd/key', 'two words');
    assert.deepEqual(problemsOf(BOTH), [
      `${key}: aws.secret_access_key: **** is not allowed; use a secret access key, without spaces`,
    ]);
  });

  it('are never shown, nor is a secret in the place of a path', (t) => {
    const box = sandbox(t);
    withFiles(box, 0o644);
    const loaded = box.load({ configFile: 'c' });
    const shown = describeSettings(loaded).find(({ key }) => key === 'aws.secret_access_key');
    assert.equal(shown?.value, '****');
    assert.match(shown?.origin ?? '', /\/key$/);
    const wrong = box.refused({
      env: { backup_aws__access_key_id: 'A', backup_aws__secret_access_key_file: SECRET },
    });
    assert.match(wrong.message, /is a secret key, not the path of a file that holds one$/);
    box.write('cwd/key', `${SECRET} ${SECRET}`);
    const said = [JSON.stringify([describeSettings(loaded), loaded.warnings]), wrong.stack];
    for (const text of [...said, box.refused({ configFile: 'c' }).stack])
      assert.ok(!text?.includes('wJalr'), text);
  });

  it('that others may read cause a warning, and those that others may write to are refused', (t) => {
    const box = sandbox(t);
    const { key } = withFiles(box, 0o644);
    assert.deepEqual(box.load({ configFile: 'c' }).warnings, [
      `${key}: holds a secret and can be read by others (mode 0644); run: chmod 600 ${key}`,
    ]);
    chmodSync(key, 0o606);
    assert.equal(box.refused({ configFile: 'c' }).code, 'CONFIG_UNTRUSTED');
  });

  it('of root may be read by the group of the user, as a container gets them', { skip: NEEDS_ROOT }, (t) => {
    const box = sandbox(t);
    const { key } = withFiles(box, 0o440);
    chownSync(key, 0, 65_534);
    const { geteuid } = process;
    t.after(() => Object.assign(process, { geteuid }));
    Object.assign(process, { geteuid: () => 65_534 });
    for (const path of ['c', 'id']) chownSync(join(box.cwd, path), 65_534, 65_534);
    assert.deepEqual(box.load({ configFile: 'c' }).warnings, []);
    chmodSync(key, 0o444);
    assert.match(box.load({ configFile: 'c' }).warnings.join(), /can be read by others \(mode 0444\)/);
  });

  it('are left out of a backup of the folder that they are in', (t) => {
    const box = sandbox(t);
    withFiles(box);
    const env = { backup_backup__source_directory: box.cwd };
    assert.deepEqual(ownFiles(box.load({ configFile: 'c', env }), box.cwd), ['/c', '/id', '/key']);
  });
});

describe("systemd's credentials", () => {
  const GIVEN = { aws_access_key_id: 'AKIAS\n', aws_secret_access_key: `${SECRET}\n` };

  it('are found without a setting', (t) => {
    const box = sandbox(t);
    const env = asCredentials(box, GIVEN);
    const { settings, origin } = box.load({ env });
    assert.deepEqual([settings.aws.access_key_id, settings.aws.secret_access_key], ['AKIAS', SECRET]);
    const file = join(box.cwd, '../credentials/aws_secret_access_key');
    assert.deepEqual(origin('aws.secret_access_key'), { kind: 'file', name: file });
    assert.deepEqual(origin('aws.secret_access_key_file'), {
      kind: 'environment',
      name: 'CREDENTIALS_DIRECTORY',
    });
  });

  it('win over files of the configuration, which are then not read, but not over the environment', (t) => {
    const box = sandbox(t);
    box.write('cwd/c', 'aws: {access_key_id_file: /none/id, secret_access_key_file: /none/key}');
    const env = asCredentials(box, GIVEN);
    assert.equal(box.load({ configFile: 'c', env }).settings.aws.access_key_id, 'AKIAS');
    const keys = { AWS_ACCESS_KEY_ID: 'AKIAE', AWS_SECRET_ACCESS_KEY: 'other' };
    assert.equal(box.load({ configFile: 'c', env: { ...env, ...keys } }).settings.aws.access_key_id, 'AKIAE');
  });

  it('with other names, and a folder that is missing, mean nothing', (t) => {
    const box = sandbox(t);
    for (const env of [asCredentials(box, { other: 'x' }), { CREDENTIALS_DIRECTORY: '/none' }])
      assert.equal(box.load({ env }).settings.aws.access_key_id, undefined);
  });
});
