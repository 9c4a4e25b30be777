import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { FolderRules } from '../../../src/selection/folder-rules.ts';
import { Rules } from '../../../src/selection/rules.ts';
import { sourceRoot } from '../../../src/source/root.ts';
import { addFiles, useFolder } from '../../support/tree.ts';

const GIT = spawnSync('git', ['--version']).status === 0 ? false : 'git is not installed';
const RULE_SETS = 400;

const segment = fc.constantFrom('a', 'b', '.a', 'a b', 'ab', 'aab', '{a}', '#a', '!a', 'a*');
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));
const globSegment = fc.constantFrom(
  ...[
    'a',
    'b',
    '*',
    '**',
    '?',
    'a*',
    '*b',
    '*a*b',
    '[ab]',
    '[!a]',
    '[^b]*',
    '{a}',
    '{a,b}',
    'a\\*',
    '\\#a',
    '\\!a',
    '.*',
    'a b',
  ],
  ...['[a-b]', '[[:alpha:]]', 'a\\ ', '+(a)'],
);
const rule = fc
  .tuple(
    fc.constantFrom('', '', '!'),
    fc.constantFrom('', '', '/'),
    fc.array(globSegment, { minLength: 1, maxLength: 3 }),
    fc.constantFrom('', '', '/', '/**', '  '),
  )
  .map(([not, start, segments, end]) => `${not}${start}${segments.join('/')}${end}`);
const ruleFile = fc
  .array(
    fc.oneof({ weight: 8, arbitrary: rule }, { weight: 1, arbitrary: fc.constantFrom('', '# a', '#a') }),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((lines) => lines.join('\n'));

/** Which of the paths git ignores, in a folder that has these .gitignore files. */
function ignoredByGit(folder: string, paths: readonly string[]): ReadonlySet<string> {
  const git = (args: readonly string[], input = '') =>
    spawnSync('git', ['-c', 'core.ignoreCase=false', '-c', 'core.excludesFile=/dev/null', ...args], {
      cwd: folder,
      input,
      maxBuffer: 2 ** 28,
    });
  assert.equal(git(['init', '-q']).status, 0);
  const { stdout, stderr } = git(['check-ignore', '--no-index', '-z', '--stdin'], paths.join('\0'));
  assert.equal(stderr.toString(), '');
  return new Set(stdout.toString().split('\0'));
}

test('rules exclude what git ignores by the same lines, also in folders below', { skip: GIT }, (t) => {
  const folder = useFolder(t);
  const seed = Date.now();
  t.diagnostic(`seed ${seed}`);
  const cases = fc.sample(
    fc.tuple(ruleFile, ruleFile, fc.uniqueArray(path, { minLength: 20, maxLength: 20 })),
    {
      numRuns: RULE_SETS,
      seed,
    },
  );
  const all = cases.flatMap(([outer, inner, paths], index) => {
    addFiles(folder, { [`${index}/.gitignore`]: outer, [`${index}/a/.gitignore`]: inner });
    return paths.map((each) => ({ each: `${index}/${each}`, outer, inner }));
  });
  const ignored = ignoredByGit(
    folder,
    all.map(({ each }) => each),
  );
  const rules = new FolderRules(sourceRoot(folder), { ignoreFile: '.gitignore' });
  for (const { each, outer, inner } of all) {
    // The folder `a` is there.
    const excluded =
      each.endsWith('/a') && each.split('/').length === 2 ? rules.ofFolder(each) : rules.ofFile(each);
    assert.notEqual(excluded?.kind, 'broken', excluded?.reason);
    assert.equal(excluded !== undefined, ignored.has(each), JSON.stringify({ each, outer, inner }));
  }
  assert.ok(ignored.size > all.length / 20 && ignored.size < all.length, `${ignored.size} of ${all.length}`);
});

test('a rule after ** is compared with the end of a path, although it fits an earlier place, too', () => {
  const rules = new Rules();
  rules.add('a*\n!x/**/a*\n!**/y/**/a/b\n');
  for (const path of ['x/a', 'x/ab/a', 'x/a b/ab', 'y/a/b/a/b', 'y/x/y/a/b'])
    assert.equal(rules.decide(path, false), false, path);
  for (const path of ['a', 'y/a', 'y/a/b/a', 'z/x/a']) assert.equal(rules.decide(path, false), true, path);
  assert.equal(rules.decide('x/a/b', false), undefined);
});

test('rules of one file exclude what git ignores by them', { skip: GIT }, (t) => {
  const folder = useFolder(t);
  const lines =
    '*.log\n!keep.log\n/build/\ndoc/*.txt\n**/cache/**\n\\#x\ntrailing  \nwith\\ space\\ \nCase\n';
  const paths = [
    ...[
      'a.log',
      'keep.log',
      'x/keep.log',
      'build/a',
      'x/build/a',
      'doc/a.txt',
      'doc/x/a.txt',
      'cache/a',
      'x/cache/y/z',
    ],
    ...['#x', 'trailing', 'trailing  ', 'with space ', 'case', 'Case', 'a.log/keep.log'],
  ];
  addFiles(folder, { '.gitignore': lines });
  const rules = new Rules();
  rules.add(lines);
  const ours = paths.filter((each) => rules.excludes(each, false));
  const ignored = ignoredByGit(folder, paths);
  assert.deepEqual(
    ours,
    paths.filter((each) => ignored.has(each)),
  );
});
