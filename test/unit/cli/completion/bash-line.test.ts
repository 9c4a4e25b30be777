import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readBashLine } from '../../../../src/cli/completion/bash-line.ts';
import { quoteForBash, quoteForPowerShell } from '../../../../src/cli/completion/quote.ts';

/** As bash has them. */
const BREAKS = ' \t\n"\'@><=;|&(:';

const CASES: readonly (readonly [line: string, words: readonly string[], kept: number, quote: string])[] = [
  ['s3-backup ', [''], 0, ''],
  ['s3-backup ls', ['ls'], 0, ''],
  ['s3-backup ls ', ['ls', ''], 0, ''],
  ['  /opt/my\\ bin/s3-backup   ls  a', ['ls', 'a'], 0, ''],
  ['AWS_PROFILE=x A=" b" s3-backup ls a', ['ls', 'a'], 0, ''],
  ['s3-backup ls two\\ wo', ['ls', 'two wo'], 0, ''],
  ["s3-backup ls 'two wo", ['ls', 'two wo'], 0, "'"],
  ['s3-backup ls "two wo', ['ls', 'two wo'], 0, '"'],
  ['s3-backup ls "a\\"b\\c', ['ls', 'a"b\\c'], 0, '"'],
  ["s3-backup ls a'b c'd", ['ls', 'ab cd'], 0, ''],
  ["s3-backup ls ab'c d", ['ls', 'abc d'], 2, "'"],
  ["s3-backup ls '' x", ['ls', '', 'x'], 0, ''],
  ['s3-backup --profile=wo', ['--profile=wo'], 10, ''],
  ['s3-backup ls a:b=c:d', ['ls', 'a:b=c:d'], 6, ''],
  ["s3-backup ls a:'b:c'd", ['ls', 'a:b:cd'], 2, ''],
  ['s3-backup ls a\\:b', ['ls', 'a:b'], 0, ''],
];

describe('a bash line', () => {
  for (const [line, words, kept, quote] of CASES) {
    it(`is read as bash reads it: ${line}`, () => {
      assert.deepEqual(readBashLine(line, BREAKS), { words, kept, quote, isRedirected: false });
    });
  }

  it('says whether a redirection is typed, whose words are no arguments', () => {
    assert.equal(readBashLine('s3-backup ls > fi', BREAKS).isRedirected, true);
    assert.equal(readBashLine('s3-backup ls >fi', BREAKS).isRedirected, true);
    const behind = readBashLine('s3-backup ls >file a', BREAKS);
    assert.deepEqual([behind.isRedirected, behind.words], [false, ['ls', 'a']]);
  });
});

/** Letters that matter to a shell, and a few others. */
const word = fc.string({ unit: fc.constantFrom(...`ab ä'"\\$\`!*?[]{}()<>|&;#~^=:@/-%,.\t`), maxLength: 20 });

describe('a candidate in quotes for bash', () => {
  it('is read by bash as the word, whatever is in it and whichever quote is open', () => {
    const cases = fc.sample(word, 200).flatMap((text) =>
      (['', '"', "'"] as const).map((quote) => {
        const typed = `${quote}${quoteForBash(text, { kept: 0, quote })}${quote}`;
        return [text, `x${typed}`] as const;
      }),
    );
    const script = cases.map(([, typed]) => `printf '%s\\0' ${typed}`).join('\n');
    const { stdout, status } = spawnSync('bash', ['--norc', '+H', '-c', script], { encoding: 'utf8' });
    assert.equal(status, 0);
    assert.deepEqual(
      stdout.split('\0').slice(0, -1),
      cases.map(([text]) => `x${text}`),
    );
  });

  it('is read by readBashLine as the word', () => {
    fc.assert(
      fc.property(word, (text) => {
        const line = `s3-backup ${quoteForBash(text, { kept: 0, quote: '' })}`;
        assert.deepEqual(readBashLine(line, BREAKS).words, [text]);
      }),
    );
  });
});

describe('a candidate in quotes for PowerShell', () => {
  const cases = [
    ['--bucket', '--bucket'],
    ['a/b.txt', 'a/b.txt'],
    ['two words', "'two words'"],
    ["it's", "'it''s'"],
    ['it’s', "'it’’s'"],
    ['$x', "'$x'"],
    ['@a', "'@a'"],
    ['a,b', "'a,b'"],
    ['', "''"],
  ] as const;
  for (const [text, quoted] of cases) {
    it(JSON.stringify(text), () => assert.equal(quoteForPowerShell(text), quoted));
  }
});
