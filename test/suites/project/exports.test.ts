import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { sourceUrl } from '../../support/sources.ts';

const root = pathToFileURL(`${process.cwd()}/`);
const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

/** Files of src/stages that are no stages. */
const HELPERS = [
  'trouble',
  'removal',
  'verdict',
  'apart-from-store',
  'moved-before',
  'delete-batch',
  'record-first',
  'never-deleted',
  'option-schemas',
  'left-claims',
];

test('every stage, the report, the store and the schemas can be imported on their own', () => {
  const stages = readdirSync(new URL('src/stages/', root))
    .map((name) => name.replace(/\.ts$/, ''))
    .filter((name) => !HELPERS.includes(name));
  const schemas = ['./report.schema.json', './restore-report.schema.json', './events.schema.json'];
  const others = ['.', './report', './store', ...schemas, './package.json'];
  assert.deepEqual(
    Object.keys(manifest.exports).sort(),
    [...stages.map((name) => `./${name}`), ...others].sort(),
  );
});

for (const [name, target] of Object.entries<string | { types: string; default: string }>(manifest.exports)) {
  test(`the export ${name} leads to a file, and its types stand beside it`, async () => {
    if (typeof target === 'string') {
      assert.ok(existsSync(new URL(target, root)));
      return;
    }
    const source = target.default.replace('./dist/lib/', '').replace(/\.js$/, '.ts');
    assert.equal(target.types, target.default.replace(/\.js$/, '.d.ts'));
    const module = await import(sourceUrl(source));
    assert.ok(Object.keys(module).length > 0);
    const factory = name.replace('./', '').replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
    if (source.startsWith('stages/'))
      assert.equal(typeof module[factory], 'function', `${factory} of ${source}`);
  });
}
