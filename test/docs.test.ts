import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FATAL_CODES } from '../src/errors.ts';
import { EXIT_CODES } from '../src/exit-codes.ts';
import { ITEM_CODES } from '../src/item.ts';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

test('docs/errors.md explains every code and no other', () => {
  const explained = [
    ...read('docs/errors.md').matchAll(
      /`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|UNREADABLE|EXCLUDED|DUPLICATE|INTERRUPTED|INTERNAL|LOCKED)`/g,
    ),
  ];
  const names = new Set(
    explained.map(([, name]) => name).filter((name) => !name?.match(/^(CONFIG|NODE|AWS)_|_PROXY$/)),
  );
  assert.deepEqual([...names].sort(), [...ITEM_CODES, ...FATAL_CODES].sort());
});

test('the schema of the report knows every code of a file', () => {
  const schema = JSON.parse(read('docs/report.schema.json'));
  assert.deepEqual(schema.properties.files.items.properties.code.enum, [...ITEM_CODES, null]);
  assert.deepEqual(schema.properties.exit_code.enum, Object.values(EXIT_CODES));
});

test('docs/report.md explains every field of the schema', () => {
  const { properties } = JSON.parse(read('docs/report.schema.json'));
  const text = read('docs/report.md');
  for (const field of [...Object.keys(properties), ...Object.keys(properties.files.items.properties)]) {
    assert.ok(text.includes(`\`${field}\``), `${field} is not explained`);
  }
});
