/** Holds the walls between the rooms of `src/`: ARCHITECTURE.md draws the same table. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

const FOUNDATION = ['core', 'files', 'digest', 'source'];
const STORE = [...FOUNDATION, 'flow', 'http', 'proof/rules', 's3'];
const RUN = [
  ...STORE,
  'report',
  'lock',
  'lease',
  'run',
  'proof',
  'manifest',
  'bucket',
  'selection',
  'stages',
];

/** The rooms whose files a room's files may import, beside each other. The innermost room of a path counts. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  files: ['core'],
  digest: ['core'],
  source: ['core', 'files', 'digest'],
  flow: FOUNDATION,
  http: [...FOUNDATION, 'flow'],
  'proof/rules': ['core', 'digest'],
  s3: STORE,
  proof: STORE,
  report: [...FOUNDATION, 'flow'],
  lock: [...FOUNDATION, 'http'],
  lease: STORE,
  selection: [...FOUNDATION, 'flow'],
  run: [...STORE, 'report', 'lock', 'lease'],
  manifest: [...STORE, 'report', 'run', 'proof'],
  bucket: [...STORE, 'report', 'lock', 'run', 'proof'],
  stages: [...STORE, 'proof', 'selection'],
  backup: RUN,
  restore: RUN,
  verify: [...RUN, 'backup'],
  plans: [...RUN, 'backup'],
  'report-page': [...FOUNDATION, 'flow', 'report', 'manifest'],
  cli: [...RUN, 'report-page', 'backup', 'restore', 'verify', 'plans', 's3-server', ''],
  's3-server': [],
  // index.ts, which lies in src/ itself.
  '': [...RUN, 'backup', 'restore', 'verify', 'plans'],
};

/** Packages that only these rooms may import, so that each can be replaced in one place. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  clipanion: ['cli'],
  rc: ['cli'],
  pino: ['cli'],
  'pino-pretty': ['cli'],
  'string-width': ['cli'],
  dotenv: ['cli'],
  ini: ['cli'],
  yaml: ['cli'],
  'jsonc-parser': ['cli'],
  '@clack/prompts': ['cli'],
  'prom-client': ['cli'],
  '@aws-sdk/': ['s3'],
  '@smithy/': ['s3'],
  readdirp: ['source'],
  picomatch: ['core'],
  uplot: ['report-page'],
  'd3-hierarchy': ['report-page'],
};

const SPECIFIER = /(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)'([^']+)'/gm;

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join('src', name));

const imports = new Map(
  files.map((file) => {
    const specifiers = [...readFileSync(file, 'utf8').matchAll(SPECIFIER)].map(([, name = '']) => name);
    return [file, specifiers] as const;
  }),
);

/** The files of `src/` that a file imports. */
function neighbours(file: string): string[] {
  const relative = (imports.get(file) ?? []).filter((name) => name.startsWith('.'));
  return relative.map((name) => normalize(join(dirname(file), name)));
}

function roomOf(file: string): string {
  const folders = dirname(file).split('/').slice(1);
  while (folders.length > 0 && !(folders.join('/') in MAY_IMPORT)) folders.pop();
  return folders.join('/');
}

test('src/ itself has index.ts only, and every file lies in a room that the table knows', () => {
  assert.deepEqual(
    files.filter((file) => roomOf(file) === ''),
    ['src/index.ts'],
  );
});

test('each room has one main file, which begins with the duty of the room', () => {
  const heads = files.map((file) => /^\/\*\*[\s*]*The room `([^`]+)`/.exec(readFileSync(file, 'utf8'))?.[1]);
  assert.deepEqual(
    heads.filter((room) => room !== undefined).sort(),
    Object.keys(MAY_IMPORT)
      .filter((room) => room !== '' && room !== 'proof/rules')
      .sort(),
  );
});

test('what a file imports is there', () => {
  const missing = files.flatMap((file) => neighbours(file).filter((name) => !imports.has(name)));
  assert.deepEqual(missing, []);
});

test('no room imports one that it may not', () => {
  const breaches = files.flatMap((file) => {
    const room = roomOf(file);
    return neighbours(file)
      .filter((name) => roomOf(name) !== room && !MAY_IMPORT[room]?.includes(roomOf(name)))
      .map((name) => `${file} imports ${name}`);
  });
  assert.deepEqual(breaches, []);
});

test('each command has an action in a file of its name, and calls it', () => {
  const actions = files.filter((file) => dirname(file) === 'src/cli/actions').map((file) => basename(file));
  assert.ok(actions.length >= 9, `${actions.length} actions`);
  for (const name of actions) {
    const action = `${basename(name, '.ts')}Action`;
    const functions = readFileSync(join('src/cli/actions', name), 'utf8').matchAll(
      /^export (?:async )?function (\w+)/gm,
    );
    assert.deepEqual(
      [...functions].map(([, exported]) => exported),
      [action],
    );
    assert.match(readFileSync(join('src/cli/commands', name), 'utf8'), new RegExp(`\\b${action}\\(`));
  }
});

test('no package is imported outside the rooms that it is for', () => {
  const breaches = files.flatMap((file) => {
    const named = Object.entries(PACKAGES).filter(([, rooms]) => !rooms.includes(roomOf(file)));
    return (imports.get(file) ?? [])
      .filter((name) =>
        named.some(([start]) => name === start || (start.endsWith('/') && name.startsWith(start))),
      )
      .map((name) => `${file} imports ${name}`);
  });
  assert.deepEqual(breaches, []);
});

test('no two files import each other in a circle, types included', () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at !== -1) circles.push([...path.slice(at), file].join(' -> '));
    if (at !== -1 || done.has(file)) return;
    for (const next of neighbours(file)) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  assert.deepEqual(circles, []);
});

test('ARCHITECTURE.md names exactly these rooms, and what each may import', () => {
  const page = readFileSync('ARCHITECTURE.md', 'utf8');
  const namesIn = (cell: string): string[] =>
    [...cell.matchAll(/`([^`]+)`|\b(foundation|store|run)\b/g)].flatMap(([, room, group]) =>
      room !== undefined
        ? [room === 'index.ts' ? '' : room]
        : (groups.get(group ?? '') ?? [`no group ${group}`]),
    );
  const groups = new Map<string, string[]>();
  for (const [, group = '', rooms = ''] of page.matchAll(/^- \*\*(\w+)\*\*: (.*)$/gm))
    groups.set(group, namesIn(rooms));
  const rows = [...page.matchAll(/^\| `([^`]+)` \| [^|]+ \| (.*) \|$/gm)].map(
    ([, room = '', cell = '']) => [room === 'index.ts' ? '' : room, namesIn(cell)] as const,
  );
  const withoutItself = ([room, may]: readonly [string, readonly string[]]) =>
    [room, [...may].filter((name) => name !== room).sort()] as const;
  const byRoom = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);
  assert.deepEqual(
    rows.map(withoutItself).sort(byRoom),
    Object.entries(MAY_IMPORT).map(withoutItself).sort(byRoom),
  );
});
