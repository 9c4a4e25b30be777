import assert from 'node:assert/strict';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { RotatingFile } from '../../../src/cli/log/rotating-file.ts';
import { BackupError } from '../../../src/errors.ts';
import { useWorkplace } from '../../support/cli-context.ts';

interface Opened {
  readonly folder: string;
  readonly file: RotatingFile;
  readonly failures: unknown[];
  readonly read: (name: string) => string;
}

function open(
  t: TestContext,
  options: { maxBytes: number; backups: number },
  prepare?: (folder: string) => void,
): Opened {
  const { cwd: folder } = useWorkplace(t);
  prepare?.(folder);
  const failures: unknown[] = [];
  const path = join(folder, 'logs/backup.log');
  const file = new RotatingFile({ path, ...options }, (error) => failures.push(error));
  return { folder, file, failures, read: (name) => readFileSync(join(folder, 'logs', name), 'utf8') };
}

describe('a log file', () => {
  it('holds a line as soon as it was written, in a folder that is made for it', (t) => {
    const { file, read } = open(t, { maxBytes: 1000, backups: 1 });
    file.write('first\n');
    assert.equal(read('backup.log'), 'first\n');
    file.close();
  });

  it('is for its owner only, and so are the older ones', (t) => {
    const { file, folder } = open(t, { maxBytes: 6, backups: 2 });
    for (const line of ['one\n', 'two\n', 'three\n']) file.write(line);
    file.close();
    for (const name of ['backup.log', 'backup.log.1', 'backup.log.2']) {
      assert.equal(statSync(join(folder, 'logs', name)).mode & 0o777, 0o600, name);
    }
  });

  it('goes on after what an earlier run wrote, and counts it', (t) => {
    const prepare = (folder: string) => {
      mkdirSync(join(folder, 'logs'));
      writeFileSync(join(folder, 'logs/backup.log'), 'earlier\n');
    };
    const { file, read } = open(t, { maxBytes: 12, backups: 1 }, prepare);
    file.write('abc\n');
    assert.equal(read('backup.log'), 'earlier\nabc\n');
    file.write('d\n');
    assert.deepEqual([read('backup.log'), read('backup.log.1')], ['d\n', 'earlier\nabc\n']);
    file.close();
  });

  it('never grows above its size, keeps as many older ones as asked for, and loses no line before', (t) => {
    const { file, folder, read } = open(t, { maxBytes: 25, backups: 3 });
    for (let number = 10; number < 30; number += 1) file.write(`line ${number}\n`);
    file.close();
    const names = readdirSync(join(folder, 'logs')).sort();
    assert.deepEqual(names, ['backup.log', 'backup.log.1', 'backup.log.2', 'backup.log.3']);
    const text = ['backup.log.3', 'backup.log.2', 'backup.log.1', 'backup.log'].map(read);
    for (const part of text) assert.ok(part.length <= 25 && part.endsWith('\n'), part);
    const kept = text.join('').split('\n').slice(0, -1);
    assert.deepEqual(
      kept,
      Array.from(kept, (_line, index) => `line ${30 - kept.length + index}`),
    );
    assert.ok(kept.length >= 10);
  });

  it('begins anew where no older ones are to be kept', (t) => {
    const { file, folder, read } = open(t, { maxBytes: 6, backups: 0 });
    for (const line of ['one\n', 'two\n', 'three\n']) file.write(line);
    file.close();
    assert.deepEqual(readdirSync(join(folder, 'logs')), ['backup.log']);
    assert.equal(read('backup.log'), 'three\n');
  });

  it('takes a line that is longer than a whole file', (t) => {
    const { file, read } = open(t, { maxBytes: 5, backups: 1 });
    file.write('much too long\n');
    file.write('b\n');
    file.close();
    assert.deepEqual([read('backup.log.1'), read('backup.log')], ['much too long\n', 'b\n']);
  });

  it('counts bytes, not characters', (t) => {
    const { file, read } = open(t, { maxBytes: 8, backups: 1 });
    file.write('äö\n');
    file.write('äö\n');
    file.close();
    assert.deepEqual([read('backup.log.1'), read('backup.log')], ['äö\n', 'äö\n']);
  });

  it('that is a device is written to and never renamed away', (t) => {
    const prepare = (folder: string) => {
      mkdirSync(join(folder, 'logs'));
      symlinkSync('/dev/null', join(folder, 'logs/backup.log'));
    };
    const { file, folder, failures } = open(t, { maxBytes: 5, backups: 2 }, prepare);
    for (const line of ['one\n', 'two\n', 'three\n']) file.write(line);
    file.close();
    assert.deepEqual(failures, []);
    assert.deepEqual(readdirSync(join(folder, 'logs')), ['backup.log']);
    assert.ok(lstatSync(join(folder, 'logs/backup.log')).isSymbolicLink());
  });

  it('does not go through a link that takes its name in a folder of others', {
    skip: process.platform === 'win32' && 'Windows has no such modes',
  }, (t) => {
    const prepare = (folder: string) => {
      writeFileSync(join(folder, 'victim'), 'precious');
      mkdirSync(join(folder, 'logs'));
      chmodSync(join(folder, 'logs'), 0o777);
    };
    const { file, folder, failures, read } = open(t, { maxBytes: 5, backups: 2 }, prepare);
    for (const line of ['one\n', 'two\n', 'three\n']) {
      file.write(line);
      for (const name of ['backup.log', 'backup.log.1']) {
        rmSync(join(folder, 'logs', name), { force: true });
        symlinkSync('../victim', join(folder, 'logs', name));
      }
    }
    file.write('four\n');
    file.close();
    assert.deepEqual(failures, []);
    assert.equal(read('backup.log'), 'four\n');
    assert.equal(readFileSync(join(folder, 'victim'), 'utf8'), 'precious');
  });

  it('that cannot be rotated is said once, and can still be closed', (t) => {
    const prepare = (folder: string) =>
      mkdirSync(join(folder, 'logs/backup.log.1/in-the-way'), { recursive: true });
    const { file, failures, read } = open(t, { maxBytes: 5, backups: 1 }, prepare);
    for (const line of ['one\n', 'two\n', 'three\n']) file.write(line);
    assert.equal(failures.length, 1);
    assert.equal(read('backup.log'), 'one\n');
    file.close();
  });

  it('that cannot be opened is an error that names it', (t) => {
    const { cwd, write } = useWorkplace(t);
    write('file', '');
    const make = () =>
      new RotatingFile({ path: join(cwd, 'file/backup.log'), maxBytes: 1, backups: 1 }, () => undefined);
    assert.throws(make, (error: unknown) => {
      assert.ok(error instanceof BackupError);
      assert.equal(error.code, 'LOG_NOT_WRITABLE');
      assert.match(error.message, /file\/backup\.log/);
      return true;
    });
  });
});
