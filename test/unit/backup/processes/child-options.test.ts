import assert from 'node:assert/strict';
import { test } from 'node:test';
import { childOptions } from '../../../../src/backup/processes/child-options.ts';
import type { ResolvedOptions } from '../../../../src/backup/resolve-options.ts';
import { PARTS_IN_MEMORY } from '../../../../src/s3/parts.ts';
import { MIB } from '../../../support/run.ts';

const resolved = (options: Partial<ResolvedOptions>) =>
  childOptions({
    processes: 4,
    memoryBytes: 512 * MIB,
    partSizeBytes: 8 * MIB,
    ...options,
  } as ResolvedOptions);

test('each process gets its share of memory, bandwidth and concurrency', () => {
  const { memoryBytes, bytesPerSecond, concurrency } = resolved({
    bytesPerSecond: () => 2_000_000,
    concurrency: 10,
  });
  assert.deepEqual([memoryBytes, bytesPerSecond, concurrency], [128 * MIB, 500_000, 3]);
});

test('the memory of a process holds the parts of one file, however many processes there are', () => {
  const { memoryBytes } = resolved({ memoryBytes: 16 * MIB });
  assert.equal(memoryBytes, PARTS_IN_MEMORY * 8 * MIB);
});

test('defaults that the run decides stay the same in each process', () => {
  const { bytesPerSecond, concurrency } = resolved({});
  assert.deepEqual([bytesPerSecond, concurrency], [undefined, undefined]);
});
