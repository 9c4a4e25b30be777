import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Rules } from '../../../src/selection/rules.ts';
import { Selection, type SelectionOptions } from '../../../src/selection/selection.ts';
import { type SourceRoot, sourceRoot } from '../../../src/source/root.ts';
import { useFolder, useTree } from '../../support/tree.ts';

const ROOT = sourceRoot('/');

function takes(options: SelectionOptions, ...paths: string[]): string[] {
  const selection = new Selection(options);
  return paths.filter((path) => selection.whyNot(ROOT, path) === undefined);
}

test('rule files exclude as .gitignore does, in their order', (t) => {
  const [first, second] = ['first', 'second'].map((name) => join(useFolder(t), name)) as [string, string];
  writeFileSync(first, '\uFEFF# a comment\r\n*.log\r\n!keep.log\r\n{a,b}\r\n');
  writeFileSync(second, '/top\n!last.log\n');
  const paths = ['x.log', 'keep.log', 'a', '{a,b}', 'top', 'below/top', 'last.log', 'top/x'];
  assert.deepEqual(takes({ excludeFrom: [first, second] }, ...paths), [
    'keep.log',
    'a',
    'below/top',
    'last.log',
  ]);
  assert.deepEqual(takes({ includeFrom: [first], include: ['below'] }, ...paths), [
    'x.log',
    '{a,b}',
    'below/top',
    'last.log',
  ]);
});

test('a last line that ends in a carriage return alone is a rule', (t) => {
  const file = join(useFolder(t), 'rules');
  writeFileSync(file, '*.log\r\n*.tmp\r');
  assert.deepEqual(takes({ excludeFrom: [file] }, 'a.log', 'a.tmp', 'a'), ['a']);
});

test('a second walk uses the same rules, and knows the folders of its own source only', (t) => {
  const file = join(useFolder(t), 'rules');
  writeFileSync(file, '*.log\n');
  const [one, other] = [{ '.own': 'a\n' }, { '.own': 'b\n' }].map((files) => sourceRoot(useTree(t, files)));
  const options = { excludeFrom: [file], exclude: ['x', 'y'], ignoreFile: '.own' };
  const selection = new Selection(options);
  const fork = selection.fork();
  // A pipe, for example, could not be read again.
  writeFileSync(file, '*.tmp\n');
  const left = (by: Selection, root = one) =>
    ['a', 'b', 'c.log', 'c.tmp', 'x'].filter((path) => by.whyNot(root as SourceRoot, path));
  for (let turn = 0; turn < 2; turn += 1) {
    assert.deepEqual(left(selection), ['a', 'c.log', 'x']);
    assert.deepEqual(left(fork, other), ['b', 'c.log', 'x']);
    // The rules of a folder are read once in a walk.
    for (const root of [one, other]) writeFileSync(join(root?.path ?? '', '.own'), 'd\n');
  }
  assert.deepEqual(selection.unmatched(), ['exclude "y"']);
});

test('a folder that a rule excludes is not entered', (t) => {
  const file = join(useFolder(t), 'rules');
  writeFileSync(file, 'out/\n');
  const selection = new Selection({ excludeFrom: [file] });
  assert.deepEqual(
    ['out', 'a/out', 'outer'].map((folder) => selection.enters(ROOT, folder)),
    [false, false, true],
  );
});

for (const [what, content, message] of [
  ['a rule that can match nothing', 'a\n\n[z-a]\n', /line 3 cannot be used/],
  ['no UTF-8', Buffer.from([0x61, 0xe9]), /is not UTF-8/],
  ['UTF-16', Buffer.from('\uFEFF*.log', 'utf16le'), /is not UTF-8/],
  ['line ends of old Macs', '*.log\r*.tmp\r', /line 1 cannot be used: it contains a carriage return/],
  ['a comment with them', '# rules\r*.tmp', /line 1 cannot be used: it contains a carriage return/],
  ['too many rules', 'a\n'.repeat(10_001), /line 10001 exceeds the limit of 10000 rules/],
] as const) {
  test(`a rule file with ${what} is refused with its name`, (t) => {
    const file = join(useFolder(t), 'rules');
    writeFileSync(file, content);
    assert.throws(() => new Selection({ excludeFrom: [file] }), { code: 'BAD_OPTION', message });
    assert.throws(() => new Selection({ includeFrom: [file] }), {
      message: new RegExp(`^includeFrom: ${file}: `),
    });
  });
}

for (const [what, text] of [
  ['spaces within a line', `a${' '.repeat(900_000)}b`],
  ['backslashes', '\\'.repeat(900_000)],
  ['short lines', 'a\n'.repeat(500_000)],
] as const) {
  test(`a megabyte of ${what} is refused without taking quadratic time`, { timeout: 20_000 }, () => {
    assert.throws(() => new Rules().add(text), { name: 'RuleError' });
  });
}

test('a missing rule file is refused', () => {
  assert.throws(() => new Selection({ excludeFrom: ['/nowhere/rules'] }), {
    code: 'BAD_OPTION',
    message: /^excludeFrom: \/nowhere\/rules: cannot be read \(ENOENT\)/,
  });
});

for (const bad of ['', 'a/b', '..', 'a\\b', 'a\0']) {
  test(`not accepted as a file name: ${JSON.stringify(bad)}`, () => {
    for (const options of [{ ignoreFile: bad }, { excludeIfPresent: [bad] }])
      assert.throws(() => new Selection(options), { code: 'BAD_OPTION' });
  });
}

test('a pattern counts as matched even if another option excludes the file', () => {
  const selection = new Selection({
    fileExtensions: ['pdf'],
    include: ['a.*', '*.txt'],
    exclude: ['*.tmp', '*.bak'],
  });
  for (const path of ['a.pdf', 'b.tmp', 'c.txt']) selection.whyNot(ROOT, path);
  assert.deepEqual(selection.unmatched(), ['exclude "*.bak"']);
});

test('an ignore file name that no folder has is reported, also with several sources', (t) => {
  const ignoreFile = '.rules';
  const [none, one] = [useTree(t, { x: '' }), useTree(t, { [ignoreFile]: '', x: '' })].map((path) =>
    sourceRoot(path),
  ) as [SourceRoot, SourceRoot];
  const selection = new Selection({ ignoreFile });
  selection.whyNot(none, 'x');
  assert.deepEqual(selection.unmatched(), ['ignoreFile ".rules"']);
  selection.whyNot(one, 'x');
  selection.whyNot(none, 'x');
  assert.deepEqual(selection.unmatched(), []);
});

test('patterns that matched nothing are reported, also those that another one hides', () => {
  const selection = new Selection({
    include: ['*.pdf', '*.pfd', 'a.*'],
    exclude: ['tmp', '*.bak', 'a.bak', '/x'],
  });
  for (const path of ['a.pdf', 'a.bak', 'b.txt']) selection.whyNot(ROOT, path);
  selection.enters(ROOT, 'tmp');
  assert.deepEqual(selection.unmatched(), ['include "*.pfd"', 'exclude "/x"']);
});
