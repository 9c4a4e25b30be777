import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { MemoryEntries, SpooledEntries } from '../../../src/report/entries.ts';
import { reportText } from '../../../src/report/write-report.ts';
import { useFolder } from '../../support/tree.ts';
import { entry, summary } from './entries.ts';

const fate = fc.constantFrom('deleted', 'kept', 'unchanged', 'skipped', 'failed');
const path = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constant('é'.repeat(40_000)),
);

test('entries on disk give the same report as entries in memory, as often as it is written', (t) => {
  const folder = useFolder(t);
  fc.assert(
    fc.property(fc.array(fc.tuple(path, fate), { maxLength: 30 }), (list) => {
      const spooled = new SpooledEntries(folder);
      const inMemory = new MemoryEntries();
      for (const [name, end] of list) {
        spooled.add(entry(name, end));
        inMemory.add(entry(name, end));
      }
      const expected = [...reportText(summary(), inMemory)].join('');
      for (let times = 0; times < 2; times += 1)
        assert.equal([...reportText(summary(), spooled)].join(''), expected);
      assert.deepEqual(JSON.parse(expected).files, inMemory.list);
      spooled.close();
    }),
    { numRuns: 25 },
  );
});

test('ten thousand entries on disk come back in order, and may be added to between readings', (t) => {
  const entries = new SpooledEntries(useFolder(t));
  t.after(() => entries.close());
  for (let n = 0; n < 10_000; n += 1) entries.add(entry(`${n}`, 'kept'));
  assert.deepEqual(
    [...entries].map(({ path }) => Number(path)),
    Array.from({ length: 10_000 }, (_, n) => n),
  );
  entries.add(entry('last', 'kept'));
  assert.deepEqual([[...entries].length, [...entries].at(-1)?.path], [10_001, 'last']);
});

test('entries on disk have no name there', (t) => {
  const folder = useFolder(t);
  const entries = new SpooledEntries(folder);
  entries.add(entry('a', 'kept'));
  assert.deepEqual([[...entries].length, readdirSync(folder)], [1, []]);
  entries.close();
});

test('a folder that cannot hold entries is refused at once', (t) => {
  assert.throws(() => new SpooledEntries(join(useFolder(t), 'missing')), {
    name: 'BackupError',
    code: 'REPORT_NOT_WRITABLE',
  });
});

test('a disk that fails on the way fails the report, not the run', (t) => {
  const entries = new SpooledEntries(useFolder(t));
  // The descriptor is closed under its feet: every write fails from now on.
  entries.close();
  for (let n = 0; n < 2000; n += 1) entries.add(entry(`${n}`, 'kept', { reason: 'x'.repeat(200) }));
  assert.throws(() => [...entries], { name: 'BackupError', code: 'REPORT_NOT_WRITABLE' });
});
