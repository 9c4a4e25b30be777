import { writeFileSync } from 'node:fs';
import type { SafetyCase } from '../case.ts';

const SPECIAL = [
  'two\nlines.txt',
  'quote " and \'.txt',
  'emoji 🎈.txt',
  `${'n'.repeat(251)}.txt`,
  'a + b & c%20.txt',
  ' space ',
];

export const NAMES: readonly SafetyCase[] = [
  {
    id: 'same-names',
    title: 'two files of one name in different folders',
    prepare(arena) {
      arena.add('2024/readme.txt');
      arena.add('2025/readme.txt');
    },
  },
  {
    id: 'special-names',
    title: 'names with newline, quotes, emoji, `+%&`, 255 bytes',
    prepare(arena) {
      for (const name of SPECIAL) arena.add(name);
    },
  },
  {
    id: 'invalid-utf8',
    title: 'a name that is not UTF-8',
    prepare(arena) {
      arena.add('a.txt');
      const bytes = Buffer.concat([
        Buffer.from(`${arena.source}/caf`),
        Buffer.from([0xe9]),
        Buffer.from('.txt'),
      ]);
      const content = 'its name is Latin-1\n';
      try {
        writeFileSync(bytes, content);
      } catch {
        return 'this file system takes no such name';
      }
      arena.expect('caf\\xe9.txt', content);
      return undefined;
    },
  },
  {
    id: 'unicode-twins',
    title: 'two names that differ in their Unicode form only (NFC, NFD)',
    prepare(arena) {
      arena.add('gr\u00fc\u00dfe.txt', 'composed\n');
      arena.add('gru\u0308\u00dfe.txt', 'decomposed\n');
    },
  },
];
