/** Values in YAML and INI that a comment, an anchor or the next line would make less than was written. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sandbox } from './sandbox.ts';

const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  [
    'YAML: all comment',
    'backup:\n  exclude_patterns: #recycle\n',
    /^c:2:21: a value is missing before #; .*quotes/,
  ],
  ['YAML: all comment, at the end', 'backup:\n  exclude_patterns: #recycle', /^c:2:21: /],
  ['YAML: a comment in the place of a value', 's3:\n  prefix:   # none yet\n', /^c:2:13: a value is missing/],
  [
    'YAML: a list item',
    'backup:\n  exclude_patterns:\n    - a\n    - #recycle\n',
    /^c:4:7: a value is missing/,
  ],
  ['YAML: the only list item', 'backup:\n  exclude_patterns:\n    - #recycle', /^c:3:7: a value is missing/],
  ['YAML: in brackets', 'backup:\n  exclude_patterns: [a, #recycle\n  ]', /^c:2:25: # may belong/],
  ['YAML: first in brackets', 'backup:\n  exclude_patterns: [ #recycle\n  a]', /^c:2:23: # may belong/],
  ['YAML: behind a value', 'backup:\n  source_directory: /srv/album #2\n', /^c:2:32: # may belong .*quotes/],
  ['YAML: behind a comma', 'backup:\n  exclude_patterns: a, # b\n', /^c:2:24: a value is missing/],
  ['YAML: behind an alias', 's3: {bucket_name: &b x, prefix: *b #2\n}', /^c:1:36: # may belong/],
  ['YAML: behind null', 's3:\n  prefix: null #2\n', /^c:2:16: # may belong/],
  [
    'YAML: an anchor without an alias',
    'backup:\n  exclude_patterns:\n    - &foo bar\n',
    /^c:3:7: .*&.*quotes/,
  ],
  ['YAML: an anchor alone', 'backup:\n  source_directory: &data\n', /^c:2:21: .*&.*quotes/],
  ['YAML: text in two lines', 'backup:\n  exclude_patterns: a\n    b\n', /^c:2:21: .*one line/],
  ['YAML: an item in two lines', 'backup:\n  exclude_patterns:\n    - a\n      b\n', /^c:3:7: .*one line/],
  ['YAML: commas without brackets', 'backup:\n  exclude_patterns: a, b\n', /a list: \[a, b\]/],
  ['YAML: commas without spaces', 'backup:\n  exclude_patterns: "*.tmp,*.log"\n', /a list: \[a, b\]/],
  [
    'YAML: lines for a list',
    'backup:\n  exclude_patterns: |\n    a\n    b\n',
    /without line breaks: \[a, b\]/,
  ],
  ['YAML: one line for a list', 'backup:\n  exclude_patterns: |\n    a\n', /without line breaks/],
  ['YAML: lines for an item', 'backup:\n  include_patterns: ["a\\nb"]\n', /without line breaks/],
  ['YAML: lines for paths', 'backup:\n  exclude_from: |\n    a\n', /without line breaks/],
  [
    'YAML: a line for a name',
    'backup:\n  ignore_file: |\n    .ignore\n',
    /without white space before or behind/,
  ],
  ['YAML: white space for a name', 'backup:\n  exclude_if_present: [" .nobackup"]\n', /without white space/],
  ['INI: lines for a list', '[backup]\nexclude_patterns = "a\\nb"\n', /without line breaks/],
  ['JSON: lines for a list', '{"backup": {"exclude_patterns": "a\\nb"}}', /without line breaks/],
  [
    'INI: all comment',
    '[backup]\nexclude_patterns = #recycle',
    /^c:2:1: a value is missing before #; .*quotes/,
  ],
  [
    'INI: all comment, with ;',
    '[backup]\nexclude_patterns = ;recycle',
    /^c:2:1: a value is missing before ;/,
  ],
  ['INI: a list item', '[backup]\nexclude_patterns[] = #recycle', /^c:2:1: a value is missing/],
  ['INI: behind a comma', '[backup]\nexclude_patterns = *.tmp, #recycle', /^c:2:1: a value is missing/],
  [
    'INI: behind a comma, with spaces',
    '[backup]\nexclude_patterns = *.tmp, # recycle',
    /^c:2:1: a value is missing/,
  ],
  ['INI: behind a value', '[backup]\nsource_directory = /srv/album #2', /^c:2:1: # may belong/],
  ['INI: behind a value, with ;', '[backup]\nsource_directory = /srv/album ;2', /^c:2:1: ; may belong/],
  ['INI: behind quotes', '[backup]\nexclude_patterns = "*.tmp"#recycle', /^c:2:1: the quotes/],
  ['INI: two backslashes', '[backup]\nsource_directory = \\\\nas\\data', /^c:2:1: .*single quotes/],
  ['INI: a key twice in lists', '[backup]\nexclude_patterns[] = a\nexclude_patterns = b', /^c:3:1: .*twice/],
  ['INI: a value in the next line', '[backup]\nexclude_patterns = a,\n  b', /^c:3:1: this line is neither/],
  [
    'JSON: a key twice',
    '{"backup": {"exclude_patterns": ["a"], "exclude_patterns": []}}',
    /^c:1:40: .*twice/,
  ],
  ['JSON: a section twice', '{"s3": {"prefix": "a"}, "s3": {}}', /^c:1:25: .*twice/],
  ['YAML: a key twice in braces', 's3: {prefix: a, "prefix": b}', /^c:1:17: .*twice/],
];

const TAKEN: readonly (readonly [string, readonly string[]])[] = [
  ['backup:\n  exclude_patterns: "#recycle" #bin\n', ['#recycle']],
  ["backup:\n  exclude_patterns: ['#recycle', a#b] #bin\n", ['#recycle', 'a#b']],
  [
    'backup: #what\n  exclude_patterns: #list\n    # - x\n    - a # comment\n    - b ## comment\n',
    ['a', 'b'],
  ],
  ['backup:\n  exclude_patterns: [ # comment\n    a, # comment\n    b ] # comment\n', ['a', 'b']],
  ['backup:\n  exclude_patterns:\n    - # comment\n      a\n', ['a']],
  ['backup:\n  exclude_patterns:\n    #- a\n  min_age: 1 # s\n', []],
  ['backup:\n  exclude_patterns: |- #text\n    a#b #c\n', ['a#b #c']],
  ['backup:\n  exclude_patterns: []   # none\n', []],
  ['backup:\n  exclude_patterns: null # none\n', []],
  ['[backup]\nexclude_patterns = "#recycle" ;bin\n', ['#recycle']],
  ["[backup]\nexclude_patterns = '#recycle, a;b'\n", ['#recycle', 'a;b']],
  ['[backup]\nexclude_patterns = \\#recycle # comment\n', ['#recycle']],
  ['[backup]\nexclude_patterns = a ;; comment\n#exclude_patterns = b\n', ['a']],
  ["[backup]\nexclude_patterns = 'C:\\\\x'\n", ['C:\\\\x']],
  ['[backup]\nexclude_patterns =\n', []],
];

describe('a value of which a parser would drop a part', () => {
  for (const [what, text, expected] of REFUSED) {
    it(`is refused with its line: ${what}`, (t) => {
      const box = sandbox(t);
      box.write('cwd/c', text);
      const { message } = box.refused({ configFile: 'c' });
      assert.match(message, expected);
      assert.doesNotMatch(message, /recycle|album/);
    });
  }

  for (const [text, expected] of TAKEN) {
    it(`is read as it is written: ${JSON.stringify(text)}`, (t) => {
      const box = sandbox(t);
      for (const variant of [text, text.replaceAll('\n', '\r\n')]) {
        box.write('cwd/c', variant);
        assert.deepEqual(box.load({ configFile: 'c' }).settings.backup.exclude_patterns, expected);
      }
    });
  }
});
