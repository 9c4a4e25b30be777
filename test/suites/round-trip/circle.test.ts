/** The whole circle: a tree, a backup that deletes it, a restore, the same tree. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { restoreFrom } from '../../support/restore.ts';
import { backupTo, MIB, moveTo } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { namesIn, useFolder } from '../../support/tree.ts';

interface TreeFile {
  readonly path: string;
  readonly size: number;
  readonly mode: number;
  /** Seconds since 1970, as Node.js takes them. */
  readonly mtime: string;
}

const name = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    '-rf',
    '--',
    ' ',
    ' lead',
    'trail ',
    'new\nline',
    'tab\t',
    'quo\'te"',
    '\\',
    '*?[x]',
    '%41+&',
    '...',
  ),
  fc.constantFrom(
    '😀',
    'caf\u00e9',
    'cafe\u0301',
    '\u202egnp.exe',
    'é'.repeat(127),
    'x'.repeat(255),
    '~',
    '#',
    'CON',
  ),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
    .filter((text) => !/[/\0]/.test(text) && text !== '.' && text !== '..' && Buffer.byteLength(text) < 200),
);

const file: fc.Arbitrary<TreeFile> = fc.record({
  path: fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/')),
  size: fc.oneof(
    { weight: 24, arbitrary: fc.integer({ min: 0, max: 3_000 }) },
    { weight: 1, arbitrary: fc.constantFrom(5 * MIB, 5 * MIB + 1, 8 * MIB, 8 * MIB + 1, 12 * MIB) },
  ),
  // Only root can read a file that nobody may read.
  mode: fc.constantFrom(0o644, 0o600, 0o400, 0o777, 0o640, 0o755, process.geteuid?.() === 0 ? 0o000 : 0o444),
  mtime: fc.constantFrom(
    '0',
    '1',
    '-86400.25',
    '-2147483648',
    '1700000000.123456',
    '1234567890.999999',
    '4102444800.5',
    '951782400.000001',
  ),
});

/** A path that is a folder of another one cannot be a file. */
const trees = fc
  .uniqueArray(file, { selector: ({ path }) => path, minLength: 1, maxLength: 12 })
  .map((files) => files.filter(({ path }) => !files.some((other) => other.path.startsWith(`${path}/`))));

for (const transport of ['auto', 'sdk'] as const) {
  test(`random trees come back as they were (${transport})`, async (t) => {
    const server = await useS3Server(t);
    const root = useFolder(t);
    let runs = 0;
    const comesBack = async (tree: TreeFile[]) => {
      const work = mkdtempSync(join(root, 'tree-'));
      const [source, to] = [join(work, 'source'), join(work, 'to')];
      plant(source, tree);
      const before = look(source);
      runs += 1;
      const prefix = `run ${runs}`;
      const moved = await moveTo(server, source, { prefix, transport });
      assert.deepEqual([moved.exit_code, namesIn(source)], [0, []]);

      const report = await restoreFrom(server, to, { prefix, transport });

      assert.deepEqual([report.errors, report.exit_code], [[], 0]);
      assert.deepEqual(look(to), before);
      assert.deepEqual(report.counts, {
        restored: tree.length,
        unchanged: 0,
        requested: 0,
        skipped: 0,
        failed: 0,
      });
      const again = await restoreFrom(server, to, { prefix, transport });
      assert.deepEqual([again.counts.unchanged, again.exit_code], [tree.length, 0]);
      assert.deepEqual(look(to), before);
      rmSync(work, { recursive: true });
    };
    await fc.assert(fc.asyncProperty(trees, comesBack), { numRuns: transport === 'auto' ? 16 : 5 });
  });
}

test('links that were stored come back as links, and files come back to their owner', async (t) => {
  const server = await useS3Server(t);
  const root = useFolder(t);
  const [source, to] = [join(root, 'source'), join(root, 'to')];
  mkdirSync(source);
  writeFileSync(join(source, 'file'), 'content');
  if (process.getuid?.() === 0) chownSync(join(source, 'file'), 1234, 5678);
  for (const [name, target] of Object.entries(LINKS)) symlinkSync(target, join(source, name));
  const { uid, gid } = lstatSync(join(source, 'file'));
  assert.equal((await backupTo(server, source, { links: 'store' })).exit_code, 0);

  assert.equal((await restoreFrom(server, to, { links: true })).exit_code, 0);

  const links = Object.keys(LINKS).map((name) => [name, readlinkSync(join(to, name))]);
  assert.deepEqual(Object.fromEntries(links), LINKS);
  const owner = lstatSync(join(to, 'file'));
  assert.deepEqual([owner.uid, owner.gid], [uid, gid]);
});

const LINKS = {
  inside: 'file',
  outside: '../../etc/passwd',
  absolute: '/dev/null',
  dangling: 'not there',
  'öd\nd': 'öd\n',
};

function plant(folder: string, tree: readonly TreeFile[]): void {
  mkdirSync(folder);
  for (const { path, size, mode, mtime } of tree) {
    const full = join(folder, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, Buffer.alloc(size, `${path} `));
    chmodSync(full, mode);
    utimesSync(full, mtime, mtime);
  }
}

/** Everything below a folder: content, mode, and modification time to the microsecond. */
function look(folder: string): Record<string, unknown> {
  return Object.fromEntries(
    namesIn(folder).map((path) => {
      const stats = lstatSync(join(folder, path), { bigint: true });
      const content = stats.isFile() ? readFileSync(join(folder, path)).toString('base64') : 'folder';
      return [path, stats.isFile() ? [content, stats.mode, stats.mtimeNs / 1000n] : [content]];
    }),
  );
}
