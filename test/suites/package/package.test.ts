import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { npm, useBuiltPackage } from '../../support/built-package.ts';
import { useFolder } from '../../support/tree.ts';

const built = useBuiltPackage();

/** Bytes of the tarball, and of all files in it. A bundle that has got a second copy of the SDK is 1.5 MB larger. */
const LIMITS = { size: 1_500_000, unpackedSize: 5_500_000 };

interface Packed {
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

let packed: Packed;
let paths: readonly string[];
before(() => {
  [packed] = JSON.parse(npm(['pack', '--dry-run', '--json', '--ignore-scripts'], built.folder)) as [Packed];
  paths = packed.files.map(({ path }) => path);
});

const read = (path: string) => readFileSync(join(built.folder, path), 'utf8');

test('the tarball stays below its limit', (t) => {
  const { size, unpackedSize } = packed;
  t.diagnostic(`${size} bytes, unpacked ${unpackedSize}, ${paths.length} files`);
  assert.ok(size < LIMITS.size && unpackedSize < LIMITS.unpackedSize, JSON.stringify({ size, unpackedSize }));
});

test('the tarball holds the program as a bundle and the library as modules, and neither twice', () => {
  const inDist = paths.filter((path) => path.startsWith('dist/'));
  assert.deepEqual(
    inDist.filter(
      (path) =>
        !/^dist\/(lib\/.*\.(js|d\.ts)|bin\/([^/]*\.(js|LEGAL\.txt)|report-page\.json)|man\/s3-backup\.1|THIRD-PARTY-NOTICES)$/.test(
          path,
        ),
    ),
    [],
  );
  assert.deepEqual(
    paths.filter((path) => /^dist\/lib\/(cli|s3-server)\//.test(path)),
    [],
  );
  for (const path of ['bin/s3-backup.js', 'dist/bin/s3-backup.js', 'dist/bin/s3-backup-child.js', 'LICENSE'])
    assert.ok(paths.includes(path), path);
});

test('no file of the tarball names a source map that is not in it', () => {
  const code = paths.filter((path) => path.endsWith('.js'));
  assert.ok(code.length > 100);
  for (const path of code) assert.doesNotMatch(read(path), /^\/\/# sourceMappingURL=/m, path);
});

test('everything that package.json exports is in the tarball', () => {
  const targets = Object.values<string | Record<string, string>>(JSON.parse(read('package.json')).exports);
  for (const target of targets.flatMap((each) => (typeof each === 'string' ? [each] : Object.values(each))))
    assert.ok(paths.includes(target.replace('./', '')), target);
});

test('the man page and the completion scripts are in the tarball', () => {
  const { man: pages } = JSON.parse(read('package.json'));
  // npm 11 links the pages of a list only.
  assert.ok(Array.isArray(pages));
  const [man] = pages;
  assert.match(read(man), /^\.TH S3\\-BACKUP 1 \d{4}-\d\d-\d\d /);
  const scripts = ['_s3-backup', 's3-backup.bash', 's3-backup.fish', 's3-backup.ps1'];
  for (const path of [man.replace('./', ''), ...scripts.map((name) => `completions/${name}`)])
    assert.ok(paths.includes(path), path);
});

test('the library in the tarball imports nothing that is not installed with it', () => {
  const { dependencies, name } = JSON.parse(read('package.json'));
  const known = new Set([
    ...Object.keys(dependencies),
    name,
    ...builtinModules.flatMap((each) => [each, `node:${each}`]),
  ]);
  for (const path of paths.filter((each) => each.startsWith('dist/lib/'))) {
    for (const [, imported = ''] of read(path).matchAll(/\b(?:from|import\() ?["']([^."'][^"']*)["']/g)) {
      const [of] = /^(node:.+|(@[^/]+\/)?[^/]+)/.exec(imported) ?? [];
      assert.ok(of !== undefined && known.has(of), `${path} imports ${imported}`);
    }
  }
});

test('the notices have the licence text of every package that is in the bundle, and of no other', () => {
  const inputs = Object.values(built.metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const folders = inputs.map((input) => /^(.*node_modules\/(@[^/]+\/)?[^/]+)\//.exec(input)?.[1]);
  const titles = [...new Set(folders)]
    .filter((folder) => folder !== undefined)
    .map((folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
    .map(({ name, version }) => `${name} ${version}`);
  assert.ok(titles.length > 40, String(titles.length));
  const [, ...sections] = read('dist/THIRD-PARTY-NOTICES').split(/^-{100}\n/m);
  assert.deepEqual(sections.map((section) => section.split('\n')[0]).sort(), titles.sort());
  for (const section of sections) {
    assert.match(section, /^.+\nLicence: [\w.() -]+\n\n/);
    assert.match(
      section,
      /Permission is hereby granted|Apache License|Redistribution and use|Permission to use/,
      section,
    );
  }
});

test('help loads neither the SDK nor the package that asks questions', () => {
  const { outputs } = built.metafile;
  const main = Object.keys(outputs).find((path) => path.endsWith('/dist/bin/s3-backup.js')) ?? '';
  const loaded = new Set<string>();
  const visit = (path: string) => {
    if (loaded.has(path)) return;
    loaded.add(path);
    for (const { path: next, kind } of outputs[path]?.imports ?? [])
      if (kind === 'import-statement') visit(next);
  };
  visit(main);
  const inputsOf = (paths: Iterable<string>) =>
    [...paths].flatMap((path) => Object.keys(outputs[path]?.inputs ?? {}));
  const isLate = (input: string) => /node_modules\/(@clack|@aws-sdk)\//.test(input);
  assert.ok(
    inputsOf(loaded).some((input) => input.endsWith('cli/main.ts')),
    main,
  );
  assert.ok(inputsOf(Object.keys(outputs)).some((input) => input.includes('/@clack/prompts/')));
  assert.deepEqual(inputsOf(loaded).filter(isLate), []);
});

test('without build tools the package says what to do, unless it is built already', (t) => {
  const clone = useFolder(t);
  for (const part of ['package.json', 'bin', 'scripts']) cpSync(part, join(clone, part), { recursive: true });
  const prepare = () => spawnSync(process.execPath, ['scripts/prepare.js'], { cwd: clone, encoding: 'utf8' });
  const first = prepare();
  assert.equal(first.status, 1);
  assert.match(first.stderr, /^s3-backup is not built, .*\n {2}In .*, run: npm ci\n/);
  const program = spawnSync(process.execPath, [join(clone, 'bin/s3-backup.js')], { encoding: 'utf8' });
  assert.deepEqual([program.status, program.stdout], [1, '']);
  assert.match(
    program.stderr,
    /^s3-backup: .*s3-backup\.js is missing: the package is not built\. Run: npm ci\n$/,
  );

  mkdirSync(join(clone, 'dist/bin'), { recursive: true });
  writeFileSync(join(clone, 'dist/bin/s3-backup.js'), 'export const main = async () => 0;\n');
  const second = prepare();
  assert.deepEqual([second.status, second.stderr], [0, '']);
  assert.ok(existsSync(join(clone, 'dist/bin/s3-backup.js')));
});
