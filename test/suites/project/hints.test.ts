/** Holds the library's texts to the library's names: flags, settings and variables belong to the command line alone. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { settings } from '../../../src/cli/config/index.ts';
import { NAMED_VARIABLES } from '../../../src/cli/config/sources/environment-layers.ts';
import { COMMANDS } from '../../../src/cli/main.ts';
import { FLAG_OR_SETTING } from '../../../src/cli/output/own-words.ts';
import { runCli, useWorkplace } from '../../support/cli-context.ts';

/** The sources of the library, without comments and without commands of other tools. */
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !/^(?:cli|s3-server)\//.test(file))
  .map((file) => {
    const text = readFileSync(join('src', file), 'utf8');
    const code = text.replace(/\/\*.*?\*\//gs, '').replace(/(?<=^|\s)\/\/ .*$/gm, '');
    return { file: `src/${file}`, code: code.replace(/\\`aws .*?\\`/g, '') };
  });

test('no text of the library names a flag of the command line', async (t) => {
  const workplace = useWorkplace(t);
  const names = COMMANDS.flatMap(({ paths }) => paths.map(([word]) => word)).filter(
    (word) => word !== undefined,
  );
  const helps = await Promise.all(names.map((name) => runCli(workplace, [name, '--help'])));
  const flags = new Set(helps.flatMap(({ stdout }) => stdout.match(/(?<=\s)--[a-z][a-z0-9-]+/g) ?? []));
  assert.ok(flags.size > 40);
  // Those of the command that starts the embedded endpoint.
  for (const flag of ['--dir', '--port']) flags.add(flag);
  assert.deepEqual(found(/--[a-z][a-z0-9-]+/g, flags), []);
});

test('no text of the library names a setting of the command line', () => {
  const names = [...settings.values()].flatMap(({ key, name }) => (name.includes('_') ? [key, name] : [key]));
  assert.deepEqual(found(/(?<![\w.])[a-z0-9]+(?:[._][a-z0-9]+)+\b/g, new Set(names)), []);
});

test('no text of the library names a variable that only the command line reads', () => {
  assert.deepEqual(found(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g, new Set(NAMED_VARIABLES)), []);
});

test('the command line has words for every option that a hint of the library names', () => {
  const named = sources.flatMap(({ code }) => [
    ...code.matchAll(/(?<=['" ])`([a-z][A-Za-z]+)`(?=[ '",.:;])/g),
  ]);
  const options = new Set(named.map(([, option = '']) => option));
  assert.deepEqual([...options].sort(), Object.keys(FLAG_OR_SETTING).sort());
});

function found(form: RegExp, names: ReadonlySet<string>): string[] {
  return sources.flatMap(({ file, code }) =>
    (code.match(form) ?? []).filter((word) => names.has(word)).map((word) => `${file}: ${word}`),
  );
}
