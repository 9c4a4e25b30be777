import fc from 'fast-check';
import type { BackupOptions } from '../../src/index.ts';
import type { FaultAction, FaultPlan, Operation } from '../../src/s3-server/index.ts';
import { CHANGES, type Change } from './changes.ts';
import { MIB } from './run.ts';

/** One random world: a tree, what is in the bucket already, what goes wrong, and how the program is told to run. */
export interface Scenario {
  readonly files: readonly ScenarioFile[];
  readonly options: Partial<BackupOptions>;
  readonly faults: readonly FaultPlan[];
  readonly changes: readonly ScenarioChange[];
  /** The run is stopped when so many requests have come. */
  readonly stopAfter: number | undefined;
}

export interface ScenarioFile {
  readonly path: string;
  readonly size: number;
  /** What is under its key before. */
  readonly existing: 'nothing' | 'same' | 'other';
}

export interface ScenarioChange {
  /** Which file, counted round. */
  readonly file: number;
  readonly operation: Operation;
  readonly change: Change;
}

const segment = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'c',
    'README',
    'readme',
    'caf\u00e9',
    'cafe\u0301',
    '😀',
    'new\nline',
    '..x',
    '%41',
  ),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    .filter((name) => !/[/\0]/.test(name) && name !== '.' && name !== '..' && Buffer.byteLength(name) < 200),
);

const file = fc.record({
  path: fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join('/')),
  size: fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: 0, max: 3_000 }) },
    { weight: 1, arbitrary: fc.constantFrom(5 * MIB, 5 * MIB + 1, 6 * MIB) },
  ),
  existing: fc.oneof(
    { weight: 6, arbitrary: fc.constant('nothing' as const) },
    { weight: 1, arbitrary: fc.constantFrom('same' as const, 'other' as const) },
  ),
});

/** A path that is a folder of another one cannot be a file. */
const files = fc
  .uniqueArray(file, { selector: ({ path }) => path, minLength: 1, maxLength: 14 })
  .map((all) => all.filter(({ path }) => !all.some((other) => other.path.startsWith(`${path}/`))));

const error = (status: number, code: string): FaultAction => ({ kind: 'error', status, code });

const action = fc.constantFrom<FaultAction>(
  error(500, 'InternalError'),
  error(503, 'SlowDown'),
  error(403, 'AccessDenied'),
  error(403, 'ExpiredToken'),
  error(400, 'BadDigest'),
  error(409, 'ConditionalRequestConflict'),
  error(404, 'NoSuchKey'),
  { kind: 'error-in-200', code: 'InternalError' },
  { kind: 'reset', afterBytes: 0 },
  { kind: 'reset', afterBytes: 1_000 },
  { kind: 'reset-response', afterBytes: 20 },
  { kind: 'wrong-etag' },
  { kind: 'random-etag' },
  { kind: 'vanish' },
  { kind: 'lost-answer' },
  { kind: 'html-200' },
  { kind: 'no-etag-204' },
);

const WRITES = ['PutObject', 'CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'] as const;
const operations = fc.constantFrom<FaultPlan['operation']>(
  '*',
  WRITES,
  ...WRITES,
  'HeadObject',
  'GetObject',
  'ListObjectsV2',
  'AbortMultipartUpload',
);

const fault: fc.Arbitrary<FaultPlan> = fc.oneof(
  fc.record({ operation: operations, do: action, skip: fc.nat(6), times: fc.integer({ min: 1, max: 5 }) }),
  fc.record({
    operation: operations,
    do: action,
    // The first request is the one before which nothing is touched: mostly it is spared.
    skip: fc.constantFrom(0, 1, 1, 1),
    probability: fc.double({ min: 0.05, max: 0.7, noNaN: true }),
    seed: fc.nat(),
  }),
);

/** Changes of one file alone; those of its folder have tests of their own. */
const FILE_CHANGES = CHANGES.filter(({ onRetry = '' }) => !/LINK|OUTSIDE/.test(onRetry));

const change = fc.record({
  file: fc.nat(20),
  operation: fc.constantFrom<Operation>('PutObject', 'UploadPart', 'CompleteMultipartUpload', 'HeadObject'),
  change: fc.constantFrom(...FILE_CHANGES),
});

const options: fc.Arbitrary<Partial<BackupOptions>> = fc.record({
  deleteAfterUpload: fc.constantFrom(true, true, true, false),
  overwrite: fc.constantFrom(
    undefined,
    undefined,
    'never' as const,
    'if-different' as const,
    'always' as const,
  ),
  verify: fc.constantFrom('auto' as const, 'auto' as const, 'head' as const, 'download' as const),
  requireProof: fc.boolean(),
  onChange: fc.constantFrom('retry' as const, 'skip' as const, 'fail' as const),
  keyFolding: fc.constantFrom('none' as const, 'none' as const, 'both' as const),
  concurrency: fc.integer({ min: 1, max: 16 }),
  maxAttempts: fc.integer({ min: 1, max: 3 }),
  removeEmptyDirectories: fc.boolean(),
  dryRun: fc.integer({ min: 0, max: 19 }).map((number) => number === 0),
});

export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  files,
  options,
  faults: fc.array(fault, { maxLength: 4 }),
  changes: fc.array(change, { maxLength: 2 }),
  stopAfter: fc.option(fc.nat(25), { nil: undefined, freq: 6 }),
});
