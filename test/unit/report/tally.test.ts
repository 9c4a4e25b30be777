import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FileEntry } from '../../../src/index.ts';
import { listsOf } from '../../../src/report/report.ts';
import { Tally } from '../../../src/report/tally.ts';
import { entry } from './entries.ts';

const UNREAD = { proof: null, code: 'SIZE_AND_TIME' } as const;

const anyEntry: fc.Arbitrary<FileEntry> = fc
  .tuple(
    fc.string(),
    fc.constantFrom('deleted', 'kept', 'unchanged', 'skipped', 'failed'),
    fc.boolean(),
    fc.nat(9),
    fc.option(fc.nat()),
  )
  .map(([path, fate, provedBefore, attempts, size]) =>
    entry(path, fate, {
      attempts,
      size,
      ...(fate === 'unchanged' && provedBefore && UNREAD),
      ...(fate === 'failed' && provedBefore && { proof: 'checksum', code: 'DELETE_FAILED' }),
    }),
  );

test('counts, bytes and lists agree with the entries', () => {
  fc.assert(
    fc.property(fc.array(anyEntry), (list) => {
      const tally = new Tally();
      for (const one of list) tally.add(one);
      const result = tally.result();
      const lists = listsOf(list);
      const sum = (numbers: Record<string, number>) => Object.values(numbers).reduce((a, b) => a + b, 0);
      assert.equal(sum(result.counts), list.length);
      assert.equal(result.total_files, list.length);
      assert.equal(
        sum(result.bytes),
        list.reduce((total, { size }) => total + (size ?? 0), 0),
      );
      assert.equal(
        result.attempts,
        list.reduce((total, { attempts }) => total + attempts, 0),
      );
      assert.equal(lists.upload_errors.length, result.failed_uploads);
      assert.equal(lists.deletion_errors.length, result.failed_deletions);
      assert.equal(lists.uploaded_files.length, result.successful_uploads);
      assert.equal(result.failed_uploads + result.failed_deletions, result.counts.failed);
      assert.equal(
        result.verified_files,
        result.counts.deleted +
          result.counts.kept +
          result.counts.unchanged +
          result.failed_deletions -
          result.unread_files,
      );
      assert.equal(
        result.successful_uploads + result.counts.unchanged,
        result.verified_files + result.unread_files,
      );
      assert.equal(result.unread_files, list.filter(({ code }) => code === 'SIZE_AND_TIME').length);
      assert.ok(result.success_rate_percent >= 0 && result.success_rate_percent <= 100);
      assert.equal(
        result.success_rate_percent === 100,
        list.every(({ fate, proof }) => fate === 'skipped' || fate === 'unchanged' || proof !== null),
      );
    }),
  );
});

test('one failure among a million does not round up to 100 percent', () => {
  const tally = new Tally();
  for (let n = 0; n < 999_999; n += 1) tally.add(entry('a', 'kept'));
  tally.add(entry('b', 'failed'));
  assert.equal(tally.result().success_rate_percent, 99.99);
});

test('nothing to do is a success', () => {
  const tally = new Tally();
  assert.equal(tally.result().success_rate_percent, 100);
  tally.add(entry('a', 'skipped'));
  assert.equal(tally.result().success_rate_percent, 100);
});
