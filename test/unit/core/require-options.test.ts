import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { BACKUP_SCHEMA } from '../../../src/backup/options.ts';
import {
  BackupError,
  backup,
  type Report,
  restore,
  type VerifyEntry,
  verifyFiles,
} from '../../../src/index.ts';
import { RESTORE_SCHEMA } from '../../../src/restore/options.ts';
import { Store } from '../../../src/s3/store.ts';
import { STORE_SCHEMA } from '../../../src/s3/store-schema.ts';
import { COMPARE_SCHEMA, compare } from '../../../src/stages/compare.ts';
import { DELETE_SOURCE_SCHEMA, deleteSource } from '../../../src/stages/delete-source.ts';
import { FILTER_SCHEMA, filter } from '../../../src/stages/filter.ts';
import { HASH_SCHEMA, hash } from '../../../src/stages/hash.ts';
import { LIST_SCHEMA, list } from '../../../src/stages/list.ts';
import { PLAN_SCHEMA, plan } from '../../../src/stages/plan.ts';
import { SCAN_SCHEMA, scan } from '../../../src/stages/scan.ts';
import { SKIP_UNCHANGED_SCHEMA, skipUnchanged } from '../../../src/stages/skip-unchanged.ts';
import { UPLOAD_SCHEMA, upload } from '../../../src/stages/upload.ts';
import { VERIFY_SCHEMA, verify } from '../../../src/stages/verify.ts';
import { optionsFor } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { useFolder, useTree } from '../../support/tree.ts';

type Options = Record<string, unknown>;
/** As a caller without types does it. */
const untyped = (call: unknown) => call as (options?: unknown) => unknown;
const SECRET = 'a-secret-that-nobody-may-read';

async function refusalOf(call: () => unknown): Promise<BackupError> {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof BackupError, String(error));
    assert.equal(error.code, 'BAD_OPTION');
    assert.doesNotMatch(
      `${error.message} ${error.hint ?? ''}`,
      /--\w|\bs3\.|backup\.\w/,
      'names of the command line',
    );
    assert.doesNotMatch(error.message, new RegExp(SECRET));
    return error;
  }
  throw new assert.AssertionError({ message: 'it was not refused' });
}

const WRONG: readonly (readonly [Options, RegExp])[] = [
  [{ include: '*.pdf' }, /^include is "\*\.pdf"; allowed is a list of strings\.$/],
  [{ exclude: ['a', 5] }, /^exclude\.1 is 5; allowed is a list of strings\.$/],
  [{ exlude: ['a'] }, /^exlude is not an option of \w+; did you mean exclude\?$/],
  [{ include_patterns: ['a'] }, /^include_patterns is not an option of \w+\.$/],
  [{ dryRun: 'no' }, /^dryRun is "no"; allowed is true or false\.$/],
  [{ dryRun: null }, /^dryRun is null; allowed is true or false\.$/],
  [{ bucket: undefined }, /^bucket is missing in the options of \w+\.$/],
  [{ bucket: '' }, /^bucket is ""; allowed is a string that is not empty\.$/],
  [{ prefix: 5 }, /^prefix is 5; allowed is a string\.$/],
  [{ waitSeconds: '5m' }, /^waitSeconds is "5m"; allowed is a number of seconds, 0 or more\.$/],
  [{ waitSeconds: -1 }, /^waitSeconds is -1;/],
  [{ concurrency: '5' }, /^concurrency is "5"; allowed is a number\.$/],
  [{ concurrency: 0 }, /^concurrency is 0; allowed are whole numbers from 1 to 256\.$/],
  [{ signal: {} }, /^signal is an object; allowed is an AbortSignal\.$/],
  [{ logger: String }, /^logger is a function; allowed is an object with the methods debug/],
  [{ onEntry: 'x' }, /^onEntry is "x"; allowed is a function\.$/],
  [{ onEvent: 'x' }, /^onEvent is "x"; allowed is a function\.$/],
  [{ object: { customerkey: SECRET } }, /^object\.customerkey is not an option of \w+\.$/],
  [{ object: { customerKey: [SECRET] } }, /^object\.customerKey is a list;/],
  [
    { credentials: SECRET },
    /^credentials is a string; allowed is an object with accessKeyId and secretAccessKey\.$/,
  ],
  [{ credentials: { accessKeyId: SECRET } }, /^credentials\.secretAccessKey is missing/],
  [{ proxies: SECRET }, /^proxies is a string;/],
];

const OF_BACKUPS: readonly (readonly [Options, RegExp])[] = [
  [{ source: undefined }, /^source is missing in the options of backup\.$/],
  [
    { source: ['/srv'] },
    /^source is a list; allowed is a string that is not empty, or a list of objects with folder and prefix\.$/,
  ],
  [{ deleteAfterUpload: 'false' }, /^deleteAfterUpload is "false"; allowed is true or false\.$/],
  [{ overwrite: 'sometimes' }, /^overwrite is "sometimes"; allowed is always, if-different or never\.$/],
  [{ verify: true }, /^verify is true; allowed is auto, head or download\.$/],
  [{ list: ['a'] }, /^list\.input is missing/],
  [{ list: { input: ['a'] } }, /^list\.input is a list; allowed is a stream/],
  [{ include: Array(10_001).fill('a') }, /^include: there are 10001 patterns/],
  [{ fileExtensions: '.pdf' }, /^fileExtensions is "\.pdf";/],
];

const OF_RESTORES: readonly (readonly [Options, RegExp])[] = [
  [{ to: undefined }, /^to is missing in the options of restore\.$/],
  [
    { run: 'latest', versionAt: '2026-11-24' },
    /^run \("latest"\) and versionAt \("2026-11-24"\) name two states/,
  ],
  [{ versionAt: 'noon' }, /^versionAt is "noon"; allowed is a time with its zone/],
  [{ pattern: 5 }, /^pattern is 5; allowed is a string or a list of strings\.$/],
  [{ source: '/srv' }, /^source is not an option of restore\.$/],
  [{ overwrite: 'always' }, /^overwrite is "always"; allowed is true or false\.$/],
];

test('wrong, unknown and missing options are refused by name, before anything is touched', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { file: 'content' });
  const to = useFolder(t);
  const options = { ...optionsFor(server, source), deleteAfterUpload: true };
  const { bucket, endpointUrl, region, credentials } = options;
  const reached = { bucket, endpointUrl, region, credentials };
  const run = untyped(backup);
  for (const [wrong, message] of [...WRONG, ...OF_BACKUPS])
    assert.match((await refusalOf(() => run({ ...options, ...wrong }))).message, message);
  for (const [wrong, message] of [...WRONG, ...OF_RESTORES])
    assert.match((await refusalOf(() => untyped(restore)({ ...reached, to, ...wrong }))).message, message);
  for (const call of [run, untyped(restore)])
    for (const nothing of [undefined, null, 'bucket']) await refusalOf(() => call(nothing));
  const request = { onResult: () => undefined };
  await refusalOf(() => verifyFiles({ ...options, include: '*.pdf' } as never, request));
  assert.deepEqual([readdirSync(source), readdirSync(to), server.requests.length], [['file'], [], 0]);
});

/** Schemas of the calls below that are in no file of src/stages: backup, restore and store. */
const OF_NO_STAGE = 3;

test('every option refuses a value that no option has, and takes undefined unless it is needed', async () => {
  const nothing = Symbol('nothing');
  const needed = { source: '/', bucket: 'b', to: '/', endpointUrl: 'http://127.0.0.1:9' };
  const calls: readonly (readonly [object, (options: object) => unknown, readonly string[]])[] = [
    [BACKUP_SCHEMA, untyped(backup), ['source', 'bucket']],
    [RESTORE_SCHEMA, untyped(restore), ['bucket', 'to']],
    [STORE_SCHEMA, (options) => new Store(options as never), ['bucket']],
    [SCAN_SCHEMA, untyped(scan), ['source']],
    [LIST_SCHEMA, untyped(list), ['source', 'input']],
    [FILTER_SCHEMA, untyped(filter), []],
    [SKIP_UNCHANGED_SCHEMA, untyped(skipUnchanged), ['store']],
    [HASH_SCHEMA, untyped(hash), []],
    [COMPARE_SCHEMA, untyped(compare), ['store', 'overwrite']],
    [UPLOAD_SCHEMA, untyped(upload), ['store']],
    [VERIFY_SCHEMA, untyped(verify), ['store']],
    [DELETE_SOURCE_SCHEMA, untyped(deleteSource), []],
    [PLAN_SCHEMA, untyped(plan), []],
  ];
  const ofStages = readdirSync('src/stages').filter((name) =>
    /^export const \w+_SCHEMA\b/m.test(readFileSync(`src/stages/${name}`, 'utf8')),
  );
  assert.equal(calls.length, OF_NO_STAGE + ofStages.length, 'a stage is missing above');
  const given: Options = { ...needed, store: {}, input: process.stdin, overwrite: 'never' };
  for (const [form, call, required] of calls) {
    const enough = Object.fromEntries(required.map((name) => [name, given[name]]));
    for (const name of Object.keys(form)) {
      const { message } = await refusalOf(() => call({ ...enough, [name]: nothing }));
      assert.match(message, new RegExp(`^${name} is a symbol; allowed is `));
    }
    for (const name of required) {
      const { message } = await refusalOf(() => call({ ...enough, [name]: undefined }));
      assert.match(message, new RegExp(`^${name} is missing in the options of `));
    }
    const { message } = await refusalOf(() => call({ ...enough, colour: 'red' }));
    assert.match(message, /^colour is not an option of /);
  }
});

/** Objects that have these options, but none as an enumerable property of their own. */
function waysToHave(options: Options): readonly object[] {
  const accessors = Object.entries(options).map(([name, value]) => [name, { get: () => value }] as const);
  const described = Object.fromEntries(accessors);
  class WithAccessors {}
  Object.defineProperties(WithAccessors.prototype, described);
  return [Object.freeze(Object.create(options)), new WithAccessors(), Object.defineProperties({}, described)];
}

test('options hold that an object inherits, has from accessors of its class, or does not enumerate', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { file: 'content', 'left out': '' });
  const to = useFolder(t);
  const { bucket, endpointUrl, region, credentials } = optionsFor(server, source);
  const reached = { bucket, endpointUrl, region, credentials };
  const options = { ...reached, source, prefix: 'of/this', exclude: ['left*'] };
  const run = backup as (options: object) => Promise<Report>;

  for (const given of waysToHave({ ...options, concurrency: 300 }))
    assert.match((await refusalOf(() => run(given))).message, /^concurrency is 300;/);

  for (const given of waysToHave({ ...options, dryRun: true, maxDelete: 0 })) {
    const { dry_run, prefix, error } = await run(
      Object.assign(Object.create(given), { deleteAfterUpload: true }),
    );
    assert.deepEqual([dry_run, prefix, error?.code], [true, 'of/this/', 'MAX_DELETE']);
  }
  assert.deepEqual(readdirSync(source).sort(), ['file', 'left out']);

  for (const given of waysToHave({ ...options, manifest: true }))
    assert.match((await run(given)).manifest ?? 'none', /^of\/this\//);

  for (const given of waysToHave(options)) {
    const results: string[] = [];
    const onResult = ({ path, result }: VerifyEntry) => void results.push(`${path}: ${result}`);
    await verifyFiles(given as never, { onResult });
    assert.deepEqual(results.sort(), ['file: same', 'left out: left-out']);
  }

  for (const given of waysToHave({ prefix: 'of/this', dryRun: true, exclude: ['.s3*'] })) {
    const { dry_run, prefix, planned } = await restore(
      Object.assign(Object.create(given), { ...reached, to }),
    );
    assert.deepEqual([dry_run, prefix, planned?.files], [true, 'of/this/', 1]);
  }
  assert.deepEqual(readdirSync(to), []);
  const runRestore = restore as (options: object) => Promise<unknown>;
  for (const given of waysToHave({ ...reached, to, concurrency: 300 }))
    assert.match((await refusalOf(() => runRestore(given))).message, /^concurrency is 300;/);
  for (const given of waysToHave({ ...reached, to, versionAt: 'yesterday' }))
    assert.match((await refusalOf(() => runRestore(given))).message, /yesterday/);
});

test('a stage that is used on its own takes what its types say', () => {
  assert.ok(filter());
  assert.ok(filter({ include: ['*.pdf'], exclude: undefined }));
  assert.ok(hash({ concurrency: 4 }));
  assert.ok(upload({ store: new Store({ bucket: 'b' }), concurrency: { current: 3 } }));
  assert.ok(deleteSource({ enabled: false }));
  assert.ok(plan({ deletes: true }));
});
