import assert from 'node:assert/strict';
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { sandbox } from './sandbox.ts';

const POSIX_ONLY = process.platform === 'win32' && 'Windows has no such modes';
const SHARED = ['home/.config/backup/config', 'home/.config/backup', 'home/.backup/config'] as const;
const OTHERS: readonly (string | Buffer)[] = [
  '[default]\nrepository = /mnt/backup\nkeep = 7\n',
  'repositories:\n  - path: ssh://host/./x\nretention: {keep_daily: 7}\n',
  '<config><target>/mnt</target></config>',
  '{"targets": [',
  'DEST=/mnt\nif [ -d "$DEST" ]; then :; fi\n',
  Buffer.from('\uFEFF[default]\n', 'utf16le'),
  Buffer.from([0, 1, 2, 0xff]),
];

for (const place of SHARED) {
  test(`a file of another program in ${place} is ignored, with a warning`, (t) => {
    const box = sandbox(t);
    for (const text of OTHERS) {
      const file = box.write(place, text);
      const { files, warnings } = box.load();
      assert.deepEqual(files, []);
      assert.deepEqual(warnings, [`${file}: not read because it has no setting of s3-backup`]);
    }
  });

  test(`a file of this program in ${place} is read as strictly as any other`, (t) => {
    const box = sandbox(t);
    const file = box.write(place, 's3:\n  prefix: a\n');
    assert.equal(box.load().settings.s3.prefix, 'a');
    for (const [text, expected] of [
      ['s3:\n  prefix: [a\n', 'CONFIG_SYNTAX'],
      ['s3:\n  prefix: a\n  bukket: b\n', 'CONFIG_INVALID'],
    ] as const) {
      box.write(place, text);
      const { code, message } = box.refused();
      assert.equal(code, expected);
      assert.ok(message.startsWith(file), message);
    }
    box.write(place, '# all off\n');
    assert.deepEqual([box.load().files, box.load().warnings], [[file], []]);
  });
}

test('a file of another program is ignored, even if others may write to it', { skip: POSIX_ONLY }, (t) => {
  const box = sandbox(t);
  const file = box.write('home/.config/backup/config', '[default]\nrepository = /mnt\n', 0o666);
  chmodSync(dirname(file), 0o777);
  assert.deepEqual(box.load().files, []);
  box.write('home/.config/backup/config', '[s3]\nprefix = a\n', 0o666);
  assert.equal(box.refused().code, 'CONFIG_UNTRUSTED');
});

test('.backuprc is always read as a file of this program', (t) => {
  const box = sandbox(t);
  for (const place of ['home/.backuprc', 'cwd/.backuprc']) {
    box.write(place, '[default]\nrepository = /mnt\n');
    assert.match(box.refused().message, /default: unknown section/);
    box.write(place, '');
  }
  mkdirSync(join(box.home, '.config/backup'), { recursive: true });
  assert.deepEqual(box.load().warnings, []);
});
