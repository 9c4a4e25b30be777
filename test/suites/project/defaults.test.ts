/** Holds docstrings, documents and settings to the defaults of src/core/defaults.ts, which stand there and nowhere else. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../../src/cli/config/index.ts';
import { formatDuration } from '../../../src/cli/config/parse/parse-duration.ts';
import { optionsEvenIfIncomplete } from '../../../src/cli/session/options-from-settings.ts';
import {
  CLEANUP_DEFAULTS,
  DEFAULTS,
  FILES_AT_ONCE,
  FILES_READ_AT_ONCE,
  RESTORE_DEFAULTS,
  RESUMED_ABOVE_BYTES,
  STORE_DEFAULTS,
  withDefaults,
} from '../../../src/core/defaults.ts';

const MIB = 1024 ** 2;
const read = (path: string) => readFileSync(path, 'utf8');

/** What a docstring may give as the default of an option of this name: it depends on whose option it is. */
const ALLOWED: readonly Readonly<Record<string, unknown>>[] = [
  DEFAULTS,
  RESTORE_DEFAULTS,
  CLEANUP_DEFAULTS,
  STORE_DEFAULTS,
  { concurrency: FILES_AT_ONCE, strength: DEFAULTS.verify },
  { concurrency: FILES_READ_AT_ONCE },
];

interface Told {
  readonly place: string;
  readonly name: string;
  /** The text after the word Default. */
  readonly text: string;
}

/** The defaults that docstrings of options give. */
const told: readonly Told[] = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => /^(?:run|backup|restore|stages|selection|s3|bucket)\/.*\.ts$/.test(file))
  .flatMap((file) =>
    [...read(join('src', file)).matchAll(/\/\*\*((?:(?!\*\/).)*)\*\/\s+readonly (\w+)\?:/gs)].flatMap(
      ([, docstring = '', name = '']): Told[] => {
        const [, text] = /\b[Dd]efault:? ([^\n]+)/.exec(docstring) ?? [];
        return text === undefined ? [] : [{ place: `src/${file}: ${name}`, name, text }];
      },
    ),
  );

test('every docstring of an option gives the default that holds', () => {
  const wrong = told.filter(({ name, text }) => {
    const values = ALLOWED.filter((defaults) => name in defaults).map((defaults) => defaults[name]);
    const spelt = values.flatMap((value) => spellings(name, value));
    return spelt.length > 0 && !isExplained(text) && !spelt.some((spelling) => text.startsWith(spelling));
  });
  assert.deepEqual(wrong, []);
});

test('every default is given by a docstring', () => {
  const names = new Set(told.map(({ name }) => name));
  assert.deepEqual(
    Object.keys({ ...DEFAULTS, ...RESTORE_DEFAULTS, ...CLEANUP_DEFAULTS, ...STORE_DEFAULTS }).filter(
      (name) => !names.has(name),
    ),
    [],
  );
});

test('settings that nobody has set give the defaults of the library', () => {
  const config = loadConfig({ cwd: '/', env: { HOME: '/nonexistent' } });
  const given = optionsEvenIfIncomplete(config);
  assert.deepEqual(
    withDefaults(given, DEFAULTS),
    { ...given, ...DEFAULTS },
    'a setting has a default of its own',
  );
});

test('the table of docs/safety.md gives the defaults of .backuprc.example', () => {
  const sample = new Map(
    [...read('.backuprc.example').matchAll(/# (Default: .*|Not set by default\.)\n {2}#(\w+): (.*)/g)].map(
      ([, ending = '', name = '', value = '']) => [name, { ending, value }],
    ),
  );
  const rows = [...read('docs/safety.md').matchAll(/^\| `\w+\.(\w+)` \| ([^|]*) \|/gm)];
  assert.ok(rows.length > 10);
  for (const [row, name = '', cell = ''] of rows) {
    const { ending, value } = sample.get(name) ?? assert.fail(row);
    const [, shown] = /^`([^`]*)`/.exec(cell) ?? [];
    if (shown !== undefined) assert.equal(shown, value, row);
    else assert.equal(ending, 'Not set by default.', row);
  }
});

test('other defaults that the documents give hold', () => {
  assert.match(
    read('docs/guide.md'),
    new RegExp(`\`--max-outage\` \\(${formatDuration(DEFAULTS.maxOutageSeconds)}\\)`),
  );
  assert.match(read('docs/safety.md'), new RegExp(`by default one over ${RESUMED_ABOVE_BYTES / MIB} MiB\\)`));
  assert.match(
    read('docs/safety.md'),
    new RegExp(`\`transfer.resume\` \\| for files over ${RESUMED_ABOVE_BYTES / MIB} MiB `),
  );
});

/** A default in words: that of several options depends on others, or is nothing. */
function isExplained(text: string): boolean {
  return /^(?:as |every|everything|none|all\.|for files over|no |the |true with)/.test(text);
}

/** How docstrings write a default. */
function spellings(name: string, value: unknown): string[] {
  if (typeof value === 'string') return [value === '' ? "''" : `\`${value}\``];
  if (Array.isArray(value)) return [`\`${JSON.stringify(value).replaceAll('"', "'")}\``];
  if (name.endsWith('Bytes') && value !== 0) return [`${Number(value) / MIB} MiB`];
  if (name === 'olderThanSeconds') return [`${Number(value) / 86_400} days`];
  return [String(value)];
}
