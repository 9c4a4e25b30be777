import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { type SettingKey, sampleConfig } from '../../../../src/cli/config/index.ts';
import { sandbox } from './sandbox.ts';

test('a draft is read as if it were in its place, so that none is looked for in the folders above', (t) => {
  const box = sandbox(t);
  box.write('.backuprc', '{ broken', 0o666);
  box.write('home/.backuprc', 's3: {bucket_name: home, prefix: home}\n');
  const file = join(box.cwd, '.backuprc');
  const { settings, origin } = box.load({ draft: { file, text: 's3: {bucket_name: draft}\n' } });
  assert.deepEqual([settings.s3.bucket_name, settings.s3.prefix], ['draft', 'home']);
  assert.deepEqual(origin('s3.bucket_name'), { kind: 'file', name: file });
});

test('a draft is read in place of the file that it replaces, even if that one cannot be used', (t) => {
  const box = sandbox(t);
  const file = box.write('cwd/.backuprc', '{ broken', 0o666);
  const { settings } = box.load({ draft: { file, text: 's3: {bucket_name: draft}\n' } });
  assert.equal(settings.s3.bucket_name, 'draft');
});

test('a draft that --config names wins over other files, and the environment wins over it', (t) => {
  const box = sandbox(t);
  box.write('cwd/.backuprc', 's3: {bucket_name: found, prefix: found}\naws: {region: found}\n');
  const file = join(box.cwd, 'my.yaml');
  const draft = { file, text: 's3: {bucket_name: draft, prefix: draft}\n' };
  const env = { backup_s3__prefix: 'environment' };
  const { settings } = box.load({ configFile: file, draft, env });
  assert.deepEqual(
    [settings.s3.bucket_name, settings.s3.prefix, settings.aws.region],
    ['draft', 'environment', 'found'],
  );
});

test('a draft is refused if others could replace it once it is written', (t) => {
  const box = sandbox(t);
  const draft = { file: join(box.cwd, '.backuprc'), text: '' };
  chmodSync(box.cwd, 0o777);
  const { code, message } = box.refused({ draft });
  assert.equal(code, 'CONFIG_UNTRUSTED');
  assert.match(message, /\.backuprc: not used because others may write to its folder .* \(mode 0777\)/);
  chmodSync(box.cwd, 0o1777);
  box.load({ draft });
});

test('the sample with values is loaded as these values, and keeps every other option as a comment', (t) => {
  const box = sandbox(t);
  const file = join(box.cwd, '.backuprc');
  const values: [SettingKey, unknown][] = [
    ['backup.source_directory', '/srv/data'],
    ['backup.delete_after_upload', true],
  ];
  const text = sampleConfig(new Map(values));
  const changed = text.split('\n').filter((line) => !sampleConfig().split('\n').includes(line));
  assert.deepEqual(changed, ['  source_directory: /srv/data', '  delete_after_upload: true']);
  const { settings } = box.load({ draft: { file, text } });
  assert.deepEqual(settings.backup, {
    ...box.load().settings.backup,
    source_directory: '/srv/data',
    delete_after_upload: true,
  });
});

test('a folder of any name comes back from the sample as it was given', (t) => {
  const box = sandbox(t);
  const file = join(box.cwd, '.backuprc');
  const name = fc.string({
    unit: fc.constantFrom(...'ab #:"\'\n\\,[]{}&*!|>%@`\t\u2028é-?$'),
    maxLength: 12,
  });
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 2 }), (names) => {
      const folders = names.map((each) => `/srv/${each}x`);
      const given = folders.length === 1 ? folders[0] : folders;
      const text = sampleConfig(new Map([['backup.source_directory', given]]));
      assert.deepEqual(box.load({ draft: { file, text } }).settings.backup.source_directory, given);
    }),
    { numRuns: 200 },
  );
});
