import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sandbox } from './sandbox.ts';

const SAME = {
  YAML: `# comment
s3:
  bucket_name: b   # comment
  tags: {a: "1", b: x}
backup:
  include_patterns:
    - "*.{a,b}"
    - 'c#d'
  delete_after_upload: false
transfer: {concurrency: 3}
`,
  'YAML after a marker': `---
s3: {bucket_name: b, tags: {a: "1", b: x}}
backup: {include_patterns: ["*.{a,b}", "c#d"], delete_after_upload: no}
transfer: {concurrency: 0x3}
`,
  'JSON with comments': `// {not yet
/* [s3] */ {
  "s3": {"bucket_name": "b", "tags": {"a": "1", "b": "x"}}, // comment
  "backup": {"include_patterns": ["*.{a,b}", "c#d",], "delete_after_upload": false},
  "transfer": {"concurrency": 3},
}`,
  INI: `; comment
[s3] ; comment
bucket_name = b ; comment
[s3.tags]
a = 1
b = 'x'
[backup]
include_patterns = *.{a,b}, c\\#d
delete_after_upload = false
[transfer]
concurrency=3
`,
  'INI with lists and quotes': `[backup]
include_patterns[] = *.{a,b}
include_patterns[] = "c#d" # comment
delete_after_upload = No

[s3]
bucket_name = "\\u0062"
tags = a=1,b=x
prefix = null

[transfer]
concurrency = "3"
`,
};

for (const [name, text] of Object.entries(SAME)) {
  test(`${name} is recognised by its content and read with the same result`, (t) => {
    const box = sandbox(t);
    for (const variant of [text, `\uFEFF${text}`, text.replaceAll('\n', '\r\n')]) {
      box.write('cwd/file.conf', variant);
      const { settings } = box.load({ configFile: 'file.conf' });
      assert.deepEqual(settings.s3, {
        bucket_name: 'b',
        prefix: '',
        checksum: 'auto',
        tags: { a: '1', b: 'x' },
      });
      assert.deepEqual(settings.backup.include_patterns, ['*.{a,b}', 'c#d']);
      assert.equal(settings.backup.delete_after_upload, false);
      assert.equal(settings.transfer.concurrency, 3);
    }
  });
}

for (const text of [
  '',
  '\n',
  '# only a comment\n',
  '; only a comment',
  '// x\n{}',
  '{}',
  'aws:\ns3:\n',
  '[aws]\n',
]) {
  test(`a file that sets nothing is accepted: ${JSON.stringify(text)}`, (t) => {
    const box = sandbox(t);
    box.write('cwd/empty', text);
    assert.deepEqual(box.load({ configFile: 'empty' }).files, ['empty']);
  });
}

const BROKEN: [string, string | Buffer, RegExp][] = [
  [
    'an open bracket',
    'backup:\n  file_extensions: [a\naws: {}',
    /^c:3:1: the indentation .* bracket is not closed$/,
  ],
  ['a tab', 'aws:\n\tregion: x', /^c:2:1: tabs cannot indent YAML/],
  ['a key twice in YAML', 's3:\n  prefix: a\n  prefix: b', /^c:3:3: this key was given twice$/],
  ['a section twice in YAML', 's3: {prefix: a}\ns3: {prefix: b}', /^c:2:1: this key was given twice$/],
  ['a custom tag', 's3:\n  prefix: !!js/function "x"', /^c:2:11: custom tags/],
  ['a binary tag', 's3:\n  prefix: !!binary aGVsbG8=', /^c:2:11: custom tags/],
  ['two documents', 's3: {}\n---\naws: {}', /^c:2:1: a second document/],
  ['an unknown alias', 's3: {prefix: *nobody}', /^c:1:14: a text that begins with \* must be in quotes/],
  [
    'an alias before its anchor',
    's3: {prefix: *b, bucket_name: &b x}',
    /^c: an alias \(\*name\) stands before/,
  ],
  [
    'a pattern without quotes',
    'backup:\n  exclude_patterns: *.tmp',
    /^c:2:21: .* \* must be in quotes: "\*\.\.\."$/,
  ],
  [
    'a pattern in a list',
    'backup:\n  exclude_patterns:\n    - a\n    - *.tmp',
    /^c:4:7: .* \* must be in quotes/,
  ],
  [
    'patterns in brackets',
    'backup:\n  exclude_patterns: [a, *.tmp, *.bak]',
    /^c:2:25: .* \* must be in quotes/,
  ],
  ['patterns with commas', 'backup:\n  exclude_patterns: *.tmp, *.bak', /^c:2:21: .* \* must be in quotes/],
  ['a star alone', 'backup:\n  file_extensions: *', /^c:2:20: .* \* must be in quotes/],
  ['two stars', 'backup:\n  exclude_patterns:\n    - **/x', /^c:3:7: .* \* must be in quotes/],
  [
    'a pattern with !',
    'backup:\n  exclude_patterns:\n    - !keep.txt',
    /^c:3:7: custom tags .* ! must be in quotes/,
  ],
  [
    'a pattern with ! alone',
    'backup:\n  exclude_patterns:\n    - ! keep.txt',
    /^c:3:7: .* ! must be in quotes/,
  ],
  ['a pattern with braces', 'backup:\n  exclude_patterns: {a,b}.txt', /^c:2:26: .*must be in quotes/],
  [
    'a pattern with brackets',
    'backup:\n  exclude_patterns:\n    - [0-9]*.log',
    /^c:3:\d+: .*must be in quotes/,
  ],
  [
    'a pattern with quotes in part',
    'backup:\n  exclude_patterns:\n    - "a" b',
    /^c:3:\d+: .*must be in quotes/,
  ],
  ['a pattern with @', 'backup:\n  exclude_patterns:\n    - @eaDir', /^c:3:7: .*@.* quotes/],
  ['a list beside its key', 'backup:\n  exclude_patterns: - a', /^c:2:\d+: /],
  [
    'a quote without end',
    'backup:\n  source_directory: "a\n  min_age: 1',
    /^c:\d+:\d+: .*(quote|indentation)/,
  ],
  ['a list as key', '? [a]\n: b', /^c:1:3: a key must be text$/],
  ['a key twice in JSON', '{"s3": {"prefix": "a",\n "prefix": "b"}}', /^c:2:2: this key was given twice$/],
  ['JSON without end', '{"s3": {', /^c:1:9: /],
  ['JSON without comma', '{"s3": {}\n"aws": {}}', /^c:2:1: comma expected$/],
  ['JSON with more behind', '{}\n{}', /^c:2:1: end of file expected$/],
  ['INI with a word alone', '[aws]\nregion', /^c:2:1: this line is neither \[section\] nor key = value$/],
  ['INI with a colon', '[aws]\nregion: x', /^c:2:1: this line is neither/],
  ['a key twice in INI', '[s3]\nprefix=a\n[aws]\n[s3]\nprefix=b', /^c:5:1: this key was given twice$/],
  [
    'INI with a # in a word',
    '[s3]\nprefix = a#b',
    /^c:2:1: # may belong to the value: put the value in quotes/,
  ],
  ['INI with open quotes', '[s3]\nprefix = "a', /^c:2:1: the quotes/],
  [
    'INI with a section below a key',
    '[s3]\ntags = a=1\n[s3.tags]\nb = 1',
    /^c:3:1: a key already has the name of this section$/,
  ],
  ['Latin-1', Buffer.from('backup:\n  source_directory: /caf\xe9', 'latin1'), /^c:2:25: this is not UTF-8/],
  ['UTF-16', Buffer.from('\uFEFFaws:\n', 'utf16le'), /^c:1:1: this is not UTF-8/],
  ['endless nesting in YAML', `a: ${'['.repeat(100_000)}`, /^c(:\d+:\d+)?: /],
  ['endless nesting in JSON', `{"a":${'['.repeat(100_000)}`, /^c(:\d+:\d+)?: /],
];

for (const [name, text, expected] of BROKEN) {
  test(`the error about a broken file names line and column: ${name}`, (t) => {
    const box = sandbox(t);
    box.write('cwd/c', text);
    const { code, message } = box.refused({ configFile: 'c' });
    assert.equal(code, 'CONFIG_SYNTAX');
    assert.match(message, expected);
  });
}

test('an alias bomb is refused at once', (t) => {
  const box = sandbox(t);
  const levels = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]`);
  box.write('cwd/c', ['a0: &a0 [x, x, x]', ...levels].join('\n'));
  assert.equal(box.refused({ configFile: 'c' }).code, 'CONFIG_SYNTAX');
});

test('plain aliases work, and <<, __proto__ and constructor are unknown names like others', (t) => {
  const box = sandbox(t);
  box.write('cwd/c', 's3: {bucket_name: &b x, prefix: *b}');
  assert.equal(box.load({ configFile: 'c' }).settings.s3.prefix, 'x');
  const hostile = {
    yaml: '__proto__: {polluted: 1}\nconstructor: {prototype: {polluted: 1}}\naws: {__proto__: {polluted: 1}, <<: {a: b}}',
    json: '{"__proto__": {"polluted": 1}, "constructor": {"x": 1}, "aws": {"__proto__": {"region": "x"}}}',
    ini: '[__proto__]\npolluted=1\n[constructor]\npolluted=1\n[constructor.prototype]\npolluted=1\n[aws]\n__proto__=1',
  };
  for (const [name, text] of Object.entries(hostile)) {
    box.write('cwd/c', text);
    const { problems } = box.refused({ configFile: 'c' });
    assert.ok(
      problems.some((line) => line.startsWith('c: __proto__: unknown section')),
      name,
    );
    assert.ok(
      problems.some((line) => line.startsWith('c: constructor: unknown section')),
      name,
    );
    assert.ok(
      problems.some((line) => line.startsWith('c: aws.__proto__: unknown key')),
      name,
    );
    assert.equal(Reflect.get({}, 'polluted'), undefined);
    assert.equal(Object, Reflect.get(globalThis, 'Object'));
  }
});

test('every broken file is named, not only the first', (t) => {
  const box = sandbox(t);
  const home = box.write('home/.backuprc', '{');
  box.write('cwd/c', '[aws]\nx');
  assert.deepEqual(
    box.refused({ configFile: 'c' }).problems.map((line) => line.split(':')[0]),
    [home, 'c'],
  );
});
