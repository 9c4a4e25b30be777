import assert from 'node:assert/strict';
import { type Dirent, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type EntryInfo, ReaddirpStream } from 'readdirp';
import { Walk, type WalkEntry, type WalkOptions } from '../../../src/source/walk.ts';
import { WalkRange } from '../../../src/source/walk-range.ts';
import { useTree } from '../../support/tree.ts';

const { keyPart } = new WalkRange();

const CHECK =
  'readdirp is not the one that src/source/walk.ts was written for. Read its index.js, and check each member that the ' +
  'head of walk.ts names: who calls it, with what, and what becomes of its result. Then correct walk.ts, this test and ' +
  'the version in package.json together.';

/** Makes sure that readdirp's insides are as walk.ts expects them. */
function asExpected(found: unknown, expected: unknown): void {
  try {
    assert.deepEqual(found, expected);
  } catch (error) {
    assert.fail(`${CHECK}\n${(error as Error).message}`);
  }
}

const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

test('package.json and its lock name the exact version of readdirp that is installed', () => {
  const { version } = readJson('node_modules/readdirp/package.json');
  const lock = readJson('package-lock.json').packages;
  asExpected(
    [
      readJson('package.json').dependencies.readdirp,
      lock[''].dependencies.readdirp,
      lock['node_modules/readdirp'].version,
      version,
    ],
    Array(4).fill('5.1.1'),
  );
});

test('no other file of src/ imports readdirp', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const importing = files.filter((name) => /from 'readdirp'/.test(readFileSync(join('src', name), 'utf8')));
  assert.deepEqual(importing, ['source/walk.ts']);
});

test('a stream of readdirp has these methods, with these numbers of parameters', () => {
  const { constructor: _, ...methods } = Object.getOwnPropertyDescriptors(ReaddirpStream.prototype);
  asExpected(Object.fromEntries(Object.entries(methods).map(([name, { value }]) => [name, value?.length])), {
    _read: 1,
    _exploreDir: 2,
    _formatEntry: 2,
    _onError: 1,
    _getEntryType: 1,
    _getSymlinkEntryType: 1,
    _includeAsFile: 1,
  });
});

/** A stream of readdirp that notes the calls of the members that walk.ts replaces, and their results. */
class Probe extends ReaddirpStream {
  calls: unknown[] | undefined = [];
  readonly yielded: string[] = [];
  /** Whether the first call came before the fields of this class existed. */
  isEarly = false;

  override async _exploreDir(path: string, depth: number) {
    const isEarly = this.calls === undefined;
    await undefined;
    if (isEarly) this.isEarly = true;
    const call: unknown[] = ['_exploreDir', path, depth];
    this.calls?.push(call);
    const listed = await super._exploreDir(path, depth);
    call.push(Object.keys(listed).sort(), listed.path, listed.depth);
    return listed;
  }

  override _formatEntry(dirent: Dirent, folder: string) {
    const entry = super._formatEntry(dirent, folder) as EntryInfo;
    this.calls?.push(['_formatEntry', dirent === entry.dirent, folder, Object.keys(entry).sort()]);
    return entry;
  }

  override async _getSymlinkEntryType(entry: EntryInfo) {
    this.calls?.push(['_getSymlinkEntryType', entry.path, await super._getSymlinkEntryType(entry)]);
    return '' as const;
  }

  override push(entry: EntryInfo | null): boolean {
    if (entry) this.yielded.push(entry.path);
    return super.push(entry);
  }
}

async function walkedBy(probe: ReaddirpStream): Promise<void> {
  for await (const _ of probe);
}

test('readdirp calls the members that walk.ts replaces, and nothing else resolves a link', async (t) => {
  const source = useTree(t, { 'folder/file': 'x' });
  symlinkSync('folder', join(source, 'link'));
  const probe = new Probe({ root: source, type: 'all', directoryFilter: () => false });
  await walkedBy(probe);
  asExpected(
    { calls: probe.calls, yielded: probe.yielded, isEarly: probe.isEarly },
    {
      calls: [
        ['_exploreDir', source, 1, ['depth', 'files', 'path'], source, 1],
        ['_formatEntry', true, source, ['basename', 'dirent', 'fullPath', 'path']],
        ['_formatEntry', true, source, ['basename', 'dirent', 'fullPath', 'path']],
        ['_getSymlinkEntryType', 'link', 'directory'],
      ],
      // A link of unknown type is yielded, and a folder that the filter refuses is not.
      yielded: ['link'],
      isEarly: true,
    },
  );
});

test('readdirp takes the folders to list from the end of `parents`, where they can be put', async (t) => {
  const source = useTree(t, { 'a/1': '', 'b/2': '', 'c/3': '' });
  const paths = ['a', 'b', 'c'].map((name) => join(source, name));
  const probe = new Probe({
    root: source,
    type: 'all',
    directoryFilter: ({ fullPath }) => {
      probe.parents.push({ path: fullPath, depth: 7 });
      return false;
    },
  });
  asExpected(
    probe.parents.map(({ path, depth, pending }) => [path, depth, pending instanceof Promise]),
    [[source, 1, true]],
  );
  await walkedBy(probe);
  const listed = (probe.calls as string[][]).filter(([name]) => name === '_exploreDir');
  asExpected(
    listed.map(([, path, depth]) => [path, depth]),
    [[source, 1], ...paths.reverse().map((path) => [path, 7])],
  );
  asExpected(probe.yielded, ['c/3', 'b/2', 'a/1']);
});

test('readdirp reads a folder without `files` as an empty one, and continues', async (t) => {
  const source = useTree(t, { 'a/1': '', 'b/2': '' });
  class Blind extends Probe {
    override async _exploreDir(path: string, depth: number) {
      const listed = await super._exploreDir(path, depth);
      return path.endsWith('b') ? { ...listed, files: undefined } : listed;
    }
  }
  const probe = new Blind({ root: source });
  await walkedBy(probe);
  asExpected(probe.yielded, ['a/1']);
});

interface Walked {
  readonly paths: string[];
  readonly walk: Walk<string>;
}

async function walked(root: string, changes: Partial<WalkOptions<string>> = {}): Promise<Walked> {
  const walk = new Walk<string>({
    root,
    list: (path) => readdir(path, { withFileTypes: true }),
    enter: () => true,
    itemOf: ({ path }) => path,
    keyPart: undefined,
    stop: undefined,
    ...changes,
  });
  const paths: string[] = [];
  for await (const path of walk) paths.push(path);
  return { paths, walk };
}

/** Folders and files of which each piece of a listing has some. */
function useLargeFolder(t: Parameters<typeof useTree>[0]): { source: string; files: string[] } {
  const files = Array.from({ length: 3000 }, (_, n) => (n % 500 === 7 ? `${n}/below` : String(n)));
  return { source: useTree(t, Object.fromEntries(files.map((path) => [path, '']))), files };
}

for (const inKeyOrder of [false, true]) {
  test(`a folder that is listed in pieces is yielded completely, ${inKeyOrder ? 'in key order' : 'in any order'}`, async (t) => {
    const { source, files } = useLargeFolder(t);
    const { paths } = await walked(source, inKeyOrder ? { keyPart } : {});
    assert.deepEqual(inKeyOrder ? paths : paths.sort(), files.sort());
  });
}

test('each folder is listed once, and all entries have their paths', async (t) => {
  const { source } = useLargeFolder(t);
  const listed: string[] = [];
  const list = (path: string) => {
    listed.push(path);
    return readdir(path, { withFileTypes: true });
  };
  const itemOf = ({ path, fullPath, basename, dirent }: WalkEntry) => {
    assert.deepEqual([fullPath, dirent.name], [join(source, path), basename]);
    assert.equal(basename, path.slice(path.lastIndexOf('/') + 1));
    return path;
  };
  await walked(source, { list, itemOf });
  assert.equal(listed.length, 7);
  assert.equal(new Set(listed).size, 7);
});

test('an error that ends the walk reaches the reader, also from a folder that is listed ahead', async (t) => {
  const source = useTree(t, { 'a/1': '', 'b/2': '' });
  const list = async (path: string) => {
    if (path !== source) throw new Error('broken');
    return readdir(path, { withFileTypes: true });
  };
  await assert.rejects(walked(source, { list }), /broken/);
});

test('links to a folder, a file, nothing and below a file are entries like others', async (t) => {
  const source = useTree(t, { file: '', 'folder/x': '' });
  const targets = { a: 'folder', b: 'file', c: 'nothing', d: 'file/below', e: 'e' };
  for (const [name, target] of Object.entries(targets)) symlinkSync(target, join(source, name));
  const { paths } = await walked(source);
  assert.deepEqual(paths.sort(), ['a', 'b', 'c', 'd', 'e', 'file', 'folder/x']);
});

test('an item that is added while a folder is listed is yielded, too', async (t) => {
  const source = useTree(t, { 'a/1': '', 'b/2': '' });
  const walk: Walk<string> = new Walk<string>({
    root: source,
    list: async (path) => {
      walk.add(`in ${path.slice(source.length)}`);
      return path.endsWith('b') ? undefined : readdir(path, { withFileTypes: true });
    },
    enter: () => true,
    itemOf: ({ path }) => path,
    keyPart,
    stop: undefined,
  });
  const items: string[] = [];
  for await (const item of walk) items.push(item);
  assert.deepEqual(items.sort(), ['a/1', 'in ', 'in /a', 'in /b']);
});
