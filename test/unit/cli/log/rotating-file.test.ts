import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { RotatingFile } from '../../../../src/cli/log/rotating-file.ts';
import { BackupError } from '../../../../src/core/errors.ts';
import { useWorkplace } from '../../../support/cli-context.ts';
import { asNobody, NOBODY } from '../../../support/nobody.ts';
import { runScript } from '../../../support/run-script.ts';

const NOT_ROOT = process.geteuid?.() === 0 ? false : 'only root can act as somebody else';

interface Opened {
  readonly folder: string;
  readonly file: RotatingFile;
  readonly failures: unknown[];
  readonly refusals: unknown[];
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
  const refusals: unknown[] = [];
  const path = join(folder, 'logs/backup.log');
  const file = new RotatingFile(
    { path, ...options },
    { onFailure: (error) => failures.push(error), onNotRotated: (error) => refusals.push(error) },
  );
  return {
    folder,
    file,
    failures,
    refusals,
    read: (name) => readFileSync(join(folder, 'logs', name), 'utf8'),
  };
}

describe('a log file', () => {
  it('has a line as soon as it was written, in a folder that is created for it', (t) => {
    const { file, read } = open(t, { maxBytes: 1000, backups: 1 });
    file.write('first\n');
    assert.equal(read('backup.log'), 'first\n');
    file.close();
  });

  it('can be read by its owner only, and so can the older ones', (t) => {
    const { file, folder } = open(t, { maxBytes: 6, backups: 2 });
    for (const line of ['one\n', 'two\n', 'three\n']) file.write(line);
    file.close();
    for (const name of ['backup.log', 'backup.log.1', 'backup.log.2']) {
      assert.equal(statSync(join(folder, 'logs', name)).mode & 0o777, 0o600, name);
    }
  });

  it('appends to the lines of an earlier run, and counts them', (t) => {
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

  it('never exceeds its size limit, keeps the configured number of older files, and loses no line of these', (t) => {
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

  it('is emptied if no older files are kept', (t) => {
    const { file, folder, read } = open(t, { maxBytes: 6, backups: 0 });
    for (const line of ['one\n', 'two\n', 'three\n']) file.write(line);
    file.close();
    assert.deepEqual(readdirSync(join(folder, 'logs')), ['backup.log']);
    assert.equal(read('backup.log'), 'three\n');
  });

  it('accepts a line that is longer than the size limit', (t) => {
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

  it('does not follow a link that takes its name in a folder of another user', {
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

  it('that cannot be rotated is reported once, and keeps growing', (t) => {
    const prepare = (folder: string) =>
      mkdirSync(join(folder, 'logs/backup.log.1/in-the-way'), { recursive: true });
    const { file, folder, failures, refusals, read } = open(t, { maxBytes: 5, backups: 1 }, prepare);
    for (const line of ['one\n', 'two\n', 'three\n']) file.write(line);
    assert.deepEqual([failures.length, refusals.length], [0, 1]);
    assert.equal(read('backup.log'), 'one\ntwo\nthree\n');
    assert.deepEqual(readdirSync(join(folder, 'logs')).sort(), ['backup.log', 'backup.log.1']);
    file.close();
  });

  it('in a folder that takes no new file keeps growing', { skip: NOT_ROOT }, async (t) => {
    const { cwd: folder, write } = useWorkplace(t);
    const path = write('backup.log', '');
    chownSync(path, NOBODY, NOBODY);
    await asNobody(async () => {
      const refusals: unknown[] = [];
      const file = new RotatingFile(
        { path, maxBytes: 5, backups: 2 },
        { onFailure: (error) => assert.fail(String(error)), onNotRotated: (error) => refusals.push(error) },
      );
      for (const line of ['one\n', 'two\n', 'three\n']) file.write(line);
      file.close();
      assert.equal(refusals.length, 1);
    });
    assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\nthree\n');
    assert.ok(!readdirSync(folder).some((name) => name.startsWith('backup.log.')));
  });

  it('that another program moves away is created again', (t) => {
    const { file, folder, failures, read } = open(t, { maxBytes: 1000, backups: 1 });
    file.write('one\n');
    renameSync(join(folder, 'logs/backup.log'), join(folder, 'logs/older'));
    file.write('two\n');
    rmSync(join(folder, 'logs/backup.log'));
    file.write('three\n');
    file.close();
    assert.deepEqual(failures, []);
    assert.deepEqual([read('older'), read('backup.log')], ['one\n', 'three\n']);
  });

  it('passes its mode and group on to the next file', { skip: NOT_ROOT }, (t) => {
    const prepare = (folder: string) => {
      mkdirSync(join(folder, 'logs'));
      writeFileSync(join(folder, 'logs/backup.log'), 'earlier\n');
      chmodSync(join(folder, 'logs/backup.log'), 0o640);
      chownSync(join(folder, 'logs/backup.log'), 0, 12_345);
    };
    const { file, folder } = open(t, { maxBytes: 8, backups: 1 }, prepare);
    file.write('now\n');
    file.close();
    for (const name of ['backup.log', 'backup.log.1']) {
      const { mode, gid } = statSync(join(folder, 'logs', name));
      assert.deepEqual([mode & 0o777, gid], [0o640, 12_345], name);
    }
  });

  it('that a killed run moved aside becomes the newest of the older files', (t) => {
    const prepare = (folder: string) => {
      mkdirSync(join(folder, 'logs'));
      writeFileSync(join(folder, 'logs/backup.log.0'), 'aside\n');
      writeFileSync(join(folder, 'logs/backup.log.1'), 'older\n');
    };
    const { file, read } = open(t, { maxBytes: 5, backups: 4 }, prepare);
    for (const line of ['one\n', 'two\n']) file.write(line);
    file.close();
    const names = ['backup.log', 'backup.log.1', 'backup.log.2', 'backup.log.3'];
    assert.deepEqual(names.map(read), ['two\n', 'one\n', 'aside\n', 'older\n']);
  });

  it('is not rotated while another run rotates it, unless that run was killed', (t) => {
    const { file, folder, read, refusals } = open(t, { maxBytes: 5, backups: 1 });
    const lock = join(folder, 'logs/.backup.log.lock');
    mkdirSync(lock);
    for (const line of ['one\n', 'two\n']) file.write(line);
    assert.equal(read('backup.log'), 'one\ntwo\n');
    utimesSync(lock, 1, 1);
    // The first removes the lock, the second rotates.
    for (const line of ['three\n', 'four\n']) file.write(line);
    file.close();
    assert.deepEqual([read('backup.log.1'), read('backup.log')], ['one\ntwo\nthree\n', 'four\n']);
    assert.deepEqual([refusals, readdirSync(join(folder, 'logs')).includes('.backup.log.lock')], [[], false]);
  });

  it('that several processes share loses no line and repeats none', async (t) => {
    const { cwd: folder } = useWorkplace(t);
    const path = join(folder, 'backup.log');
    const script = `
      const { RotatingFile } = await load('cli/log/rotating-file.ts');
      const [path, name] = args;
      const events = { onFailure: (error) => { throw error; }, onNotRotated: (error) => { throw error; } };
      const file = new RotatingFile({ path, maxBytes: 2000, backups: 900 }, events);
      for (let line = 0; line < 3000; line += 1) file.write(name + ' ' + line + '\\n');
      file.close();`;
    const ends = await Promise.all(
      ['a', 'b', 'c'].map((name) => runScript(t, script, { args: [path, name] })),
    );
    for (const { code, stderr } of ends) assert.equal(code, 0, stderr);
    const logs = readdirSync(folder).filter((name) => name.startsWith('backup.log'));
    assert.ok(logs.length > 3 && logs.length < 900, String(logs.length));
    const lines = logs.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1));
    const expected = ['a', 'b', 'c'].flatMap((name) =>
      Array.from({ length: 3000 }, (_, line) => `${name} ${line}`),
    );
    assert.deepEqual(lines.sort(), expected.sort());
  });

  it('that is named by a descriptor is written through the descriptor, and never renamed', (t) => {
    const { cwd: folder, write } = useWorkplace(t);
    const given = openSync(write('given', 'head\n'), 'r+');
    const failures: unknown[] = [];
    const note = (error: unknown) => failures.push(error);
    const file = new RotatingFile(
      { path: `/dev/fd/${given}`, maxBytes: 5, backups: 2 },
      { onFailure: note, onNotRotated: note },
    );
    writeSync(given, 'HEAD\n');
    for (const line of ['one\n', 'two\n']) file.write(line);
    file.close();
    writeSync(given, 'end\n');
    closeSync(given);
    assert.deepEqual([failures, readFileSync(join(folder, 'given'), 'utf8')], [[], 'HEAD\none\ntwo\nend\n']);
    assert.ok(!readdirSync(folder).includes('given.1'));
  });

  it('that cannot be opened causes an error with its name', (t) => {
    const { cwd, write } = useWorkplace(t);
    write('file', '');
    const make = () =>
      new RotatingFile(
        { path: join(cwd, 'file/backup.log'), maxBytes: 1, backups: 1 },
        { onFailure: () => undefined, onNotRotated: () => undefined },
      );
    assert.throws(make, (error: unknown) => {
      assert.ok(error instanceof BackupError);
      assert.equal(error.code, 'LOG_NOT_WRITABLE');
      assert.match(error.message, /file\/backup\.log/);
      return true;
    });
  });
});
