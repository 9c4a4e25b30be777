/** Holds texts to plain English: one word for one thing, and no phrase that has to be read twice. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/** What must not be written, and what is written instead. */
const BANNED: readonly (readonly [RegExp, string])[] = [
  [/\b(?:gone on with|go(?:es)? on with (?:it|the (?:upload|restore|run|same)))\b/i, 'resume'],
  [/\bwr(?:ite|ites|itten|iting|ote) over\b/i, 'overwrite'],
  [/\b(?:is|are|was|were) had\b/i, 'name who gets it'],
  [/\bso many suffice\b/i, 'say the number or the rule'],
  [/\bbe there ever\b/i, 'whatever their number'],
  [/\b(?:comes? upon|came upon)\b/i, 'find'],
  [/\bthere is to be\b/i, 'there must be'],
];

const PLACES = [
  'src',
  'test',
  'bench',
  'bin',
  'docs',
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
];

test('no text has one of the phrases that have to be read twice', () => {
  const found = PLACES.flatMap(filesIn).flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, at) =>
        BANNED.filter(([phrase]) => phrase.test(line)).map(
          ([, instead]) => `${file}:${at + 1}: ${instead}: ${line.trim()}`,
        ),
      ),
  );
  assert.deepEqual(found, []);
});

function filesIn(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter(
      (name) => /\.(ts|js|md)$/.test(name) && !name.endsWith('words.test.ts') && !name.includes('pt-BR'),
    )
    .map((name) => join(path, name));
}
