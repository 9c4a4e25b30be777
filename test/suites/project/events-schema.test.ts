/** Holds docs/events.schema.json to the schemas of the reports: events carry their entries and their fields. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (path: string) => readFileSync(path, 'utf8');

interface Definition {
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, { readonly const?: string; readonly type?: string }>>;
}

const { definitions, $id } = JSON.parse(read('docs/events.schema.json')) as {
  readonly $id: string;
  readonly definitions: Readonly<Record<string, Definition>>;
};
/** Fields of every event. */
const OF_ALL = ['event', 'seq', 'time'];
const LISTS = ['upload_errors', 'deletion_errors', 'uploaded_files', 'errors', 'files'];

const SCHEMAS = { backup: 'report.schema.json', restore: 'restore-report.schema.json' };

for (const [kind, file] of Object.entries(SCHEMAS))
  test(`the file and the end of a ${kind} are what docs/${file} says`, () => {
    const report = JSON.parse(read(`docs/${file}`));
    const end = definitions[`${kind}_end`];
    const entry = definitions[`${kind}_file`];
    const isField = (name: string) => !LISTS.includes(name);
    const fields = Object.entries(report.properties).filter(([name]) => isField(name));
    const own = ({ properties = {} }: Partial<Definition> = {}) =>
      Object.fromEntries(Object.entries(properties).filter(([name]) => !OF_ALL.includes(name)));
    assert.deepEqual(own(end), Object.fromEntries(fields));
    assert.deepEqual(end?.required, [...OF_ALL, ...report.required.filter(isField)]);
    assert.deepEqual(own(entry), report.properties.files.items.properties);
    assert.deepEqual(entry?.required, [...OF_ALL, ...report.properties.files.items.required]);
  });

test('it has an id, and lets later versions add fields', () => {
  assert.equal($id, 'urn:s3-backup-pipeline:events.schema.json');
  assert.doesNotMatch(read('docs/events.schema.json'), /"additionalProperties": false/);
});

test('docs/events.md explains every event, and every field that is not one of a report', () => {
  const text = read('docs/events.md');
  for (const [name, { properties }] of Object.entries(definitions)) {
    assert.ok(text.includes(`\`${properties.event?.const}\``), name);
    if (/_(file|end)$/.test(name)) continue;
    for (const field of Object.keys(properties))
      assert.ok(text.includes(`\`${field}\``), `${name}: ${field}`);
  }
});
