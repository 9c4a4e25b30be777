import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sandbox } from './sandbox.ts';

test('a key that was given twice among many is found', (t) => {
  const box = sandbox(t);
  const names = Array.from({ length: 30_000 }, (_, index) => `uploads${index}`);
  box.write('cwd/c', `backup:\n${[...names, 'uploads7'].map((name) => `  ${name}: 1\n`).join('')}`);
  assert.deepEqual(box.refused({ configFile: 'c' }).problems, ['c:30002:3: this key was given twice']);
});

const NESTED: Readonly<Record<string, (levels: number) => string>> = {
  'flow lists': (levels) => `a: ${'['.repeat(levels)}`,
  'flow maps': (levels) => `a: ${'{a: '.repeat(levels)}`,
  'block lists': (levels) => `a:\n${'- '.repeat(levels)}`,
  'explicit keys': (levels) => '? '.repeat(levels),
  'block maps': (levels) => Array.from({ length: levels }, (_, level) => `${' '.repeat(level)}a:`).join('\n'),
  'lists of JSON': (levels) => `{"a": ${'['.repeat(levels)}${']'.repeat(levels)}}`,
};

for (const [what, nested] of Object.entries(NESTED)) {
  test(`a file of deeply nested ${what} is refused, however little stack is left`, (t) => {
    const box = sandbox(t);
    for (const levels of what === 'block maps' ? [101, 1000] : [101, 1000, 100_000]) {
      box.write('cwd/c', nested(levels));
      const { code, problems } = box.refused({ configFile: 'c' });
      assert.equal(code, 'CONFIG_SYNTAX');
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', /^c(:\d+:\d+)?: the nesting is too deep$/);
    }
  });
}

test('a deeply nested variable is refused in one line', (t) => {
  const box = sandbox(t);
  const nested = '['.repeat(30_000) + ']'.repeat(30_000);
  assert.deepEqual(box.refused({ env: { backup_backup__exclude_patterns: nested } }).problems, [
    'environment backup_backup__exclude_patterns: backup.exclude_patterns: a list of lists or maps is not allowed; ' +
      'use a list of patterns, none of them empty',
  ]);
});

test('a variable whose name has thousands of parts is reported as unknown', (t) => {
  const box = sandbox(t);
  const name = `backup_${'a__'.repeat(20_000)}b`;
  process.env[name] = '1';
  t.after(() => delete process.env[name]);
  const { problems } = box.refused({ env: { [name]: '1' } });
  assert.match(problems.join('\n'), /^environment backup_a__a__.*: unknown section/);
});
