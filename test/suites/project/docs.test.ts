import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CONFIG_ERROR_CODES } from '../../../src/cli/config/config-error.ts';
import { FATAL_CODES } from '../../../src/core/errors.ts';
import { EXIT_CODES } from '../../../src/core/exit-codes.ts';
import { CHECK_CODES, ITEM_CODES } from '../../../src/core/outcomes.ts';
import { RESTORE_CODES } from '../../../src/restore/outcomes.ts';
import { type ReportSchema, schemaOf } from '../../support/report-schema.ts';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

test('docs/errors.md explains every code and no other', () => {
  const explained = [
    ...read('docs/errors.md').matchAll(
      /`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|UNREADABLE|EXCLUDED|ARCHIVED|DUPLICATE|INTERRUPTED|INTERNAL|LOCKED)`/g,
    ),
  ];
  const names = new Set(
    explained.map(([, name]) => name).filter((name) => !name?.match(/^(NODE|AWS)_|_PROXY$/)),
  );
  const ofRuns = [...ITEM_CODES, ...CHECK_CODES, ...RESTORE_CODES, ...FATAL_CODES];
  const codes = new Set<string>([...ofRuns, ...CONFIG_ERROR_CODES]);
  assert.deepEqual([...names].sort(), [...codes].sort());
});

const SCHEMAS = { 'report.schema.json': ITEM_CODES, 'restore-report.schema.json': RESTORE_CODES };

for (const [file, codes] of Object.entries(SCHEMAS)) {
  test(`docs/${file} knows every code of a file`, () => {
    const schema = JSON.parse(read(`docs/${file}`));
    assert.deepEqual(schema.properties.files.items.properties.code.enum, [...codes, null]);
    assert.deepEqual(schema.properties.exit_code.enum, Object.values(EXIT_CODES));
  });

  test(`docs/${file} has an id and lets later versions add fields`, () => {
    const schema = schemaOf(file as ReportSchema);
    assert.match(String(schema.$id), new RegExp(`^urn:s3-backup-pipeline:${file}$`));
    assert.doesNotMatch(JSON.stringify(schema), /"additionalProperties":false/);
  });

  test(`docs/report.md explains every field of docs/${file}`, () => {
    const { properties } = JSON.parse(read(`docs/${file}`));
    const text = read('docs/report.md');
    for (const field of [...Object.keys(properties), ...Object.keys(properties.files.items.properties)]) {
      assert.ok(text.includes(`\`${field}\``), `${field} is not explained`);
    }
  });
}
