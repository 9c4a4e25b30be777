import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sandbox } from './sandbox.ts';

const key = 'backup.source_directory';

test('a source that can be read as a folder, or as a prefix and a folder, is refused with both ways to write it', (t) => {
  const { cwd, load, refused, write } = sandbox(t);
  mkdirSync(join(cwd, 'year=2024'));
  for (const value of ['year=2024', ['other', 'year=2024']]) {
    const flags = { [key]: { value, flag: '--source' } };
    const [problem = '', ...others] = refused({ flags }).problems;
    assert.match(
      problem,
      /^--source: backup\.source_directory: year=2024 is a folder here, and it is the prefix year/,
    );
    assert.match(
      problem,
      /write \.\/year=2024 for the folder, or year=\.\/2024 for the prefix and the folder$/,
    );
    assert.deepEqual(others, []);
  }
  const source = (value: string) =>
    load({ flags: { [key]: { value, flag: '--source' } } }).settings.backup.source_directory;
  assert.equal(source('./year=2024'), join(cwd, 'year=2024'));
  assert.equal(source('year=./2024'), `year=${join(cwd, '2024')}`);
  assert.equal(source('month=1'), `month=${join(cwd, '1')}`);
  const configFile = write('cwd/c', 'backup:\n  source_directory: year=2024\n');
  assert.match(
    refused({ configFile }).problems.join(),
    /^.*c: backup\.source_directory: year=2024 is a folder/,
  );
});
