/** Holds state that outlives a run to one documented place: src/source/process-state.ts. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const REGISTRY = 'src/source/process-state.ts';

/** What a module declares outside of functions and classes: `let`, and constants made by `new` or as an empty list. */
const MAY_CHANGE = /^(?:export )?(?:(?:let|var) |const \w+(?:: (?<type>[^=]+))? = (?:new (?<made>\w+)|\[\]))/;

/** Nobody can change what these types or classes make, or (`Weak…`) it belongs to the object that is its key. */
const CANNOT_CHANGE = /^(?:Readonly|readonly )/;
const HARMLESS: readonly string[] = [
  'RegExp',
  'TextDecoder',
  'TextEncoder',
  'Uint8Array',
  'WeakMap',
  'WeakSet',
];
/** Is begun when it is needed, and answers each request for whoever made it. */
const THREAD = 'HelperThread';

/** State in a module's text that is neither constant nor, by the comment above it, a cache. */
function stateIn(text: string): string[] {
  const lines = text.split('\n');
  return lines.filter((line, at) => {
    const { type = '', made = '' } = MAY_CHANGE.exec(line)?.groups ?? {};
    if (!MAY_CHANGE.test(line) || CANNOT_CHANGE.test(type) || [...HARMLESS, THREAD].includes(made))
      return false;
    const begin = lines.slice(0, at).findLastIndex((above) => !/^(?:\/\*\*| \*|\/\/)/.test(above)) + 1;
    return !lines.slice(begin, at).join('\n').includes('Cache: ');
  });
}

test('state that runs of one process share is in the registry; other modules keep constants and caches', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join('src', name));
  assert.ok(files.includes(REGISTRY));
  const found = files.flatMap((file) =>
    stateIn(readFileSync(file, 'utf8')).map((line) => `${file}: ${line}`),
  );
  const rule = `Hand state in, or put it into ${REGISTRY} with its reason. If it can be computed again at any time, begin the comment above it with "Cache: ". If it never changes, give it a Readonly type:`;
  assert.deepEqual(found, [], `${rule}\n${found.join('\n')}`);
});

test('what can change in a module is told from what cannot', () => {
  const changing = [
    'let last = 0;',
    'export let last: number | undefined;',
    'const live = new Set<string>();',
    'const live: Set<string> = new Set();',
    'const waiting: string[] = [];',
    'export const budget = new Budget();',
    '// Names.\nconst live = new Map<string, string>();',
    '// Cache: of another one.\nconst first = 1;\nconst live = new Map();',
  ];
  for (const text of changing) assert.equal(stateIn(text).length, 1, text);
  const constant = [
    'const names: ReadonlySet<string> = new Set();',
    'const none: readonly string[] = [];',
    "const form = new RegExp('x');",
    'const marked = new WeakSet<object>();',
    'const thread = new HelperThread<string, string>(TEXT);',
    '  let local = 0;',
    '/** Cache: the last one. */\nlet last = 0;',
    '/**\n * Cache: the last one,\n * by its name.\n */\nconst last = new Map();',
  ];
  for (const text of constant) assert.deepEqual(stateIn(text), [], text);
});
