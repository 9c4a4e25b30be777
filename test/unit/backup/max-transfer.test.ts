import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Hashed, pass, type Selected } from '../../../src/flow/item.ts';
import { RunControl } from '../../../src/flow/run-control.ts';
import { Store } from '../../../src/s3/store.ts';
import type { S3Server } from '../../../src/s3-server/index.ts';
import { sourceRoot } from '../../../src/source/root.ts';
import { hash } from '../../../src/stages/hash.ts';
import { upload } from '../../../src/stages/upload.ts';
import { assertBalanced } from '../../support/balanced.ts';
import {
  assertNothingLost,
  assertSameBytes,
  objectsIn,
  unfinishedUploads,
  useBucketClient,
} from '../../support/bucket.ts';
import { backupTo, entryFor, fatesOf, MIB, moveTo, optionsFor } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { endsOf, openOf, through } from '../../support/stages.ts';
import { addFiles, filesIn, namesIn, useTree } from '../../support/tree.ts';

const LARGE = Buffer.alloc(11 * MIB, 'eleven');
const TRANSPORTS = ['auto', 'sdk'] as const;

/** Files of a thousand bytes. */
function thousands(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, n) => [`d${n % 3}/${n}`, String(n).padEnd(1000, '.')]),
  );
}

/** Bytes of all bodies of files and parts that have arrived. */
function sentTo({ requests }: S3Server): number {
  return requests.of('PutObject', 'UploadPart').reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
}

test('a move sends no more than it may, deletes what it has proved, and the next run continues', async (t) => {
  const server = await useS3Server(t);
  const client = useBucketClient(t, server);
  const source = useTree(t, thousands(40));
  const before = filesIn(source);
  for (const moved of [10, 20, 30]) {
    server.requests.clear();
    const report = await moveTo(server, source, { maxTransferBytes: 10_500 });
    assertBalanced(report);
    assert.deepEqual([report.exit_code, report.interrupted, report.error?.code], [2, false, 'MAX_TRANSFER']);
    assert.match(report.error?.message ?? '', /^The run may send 10500 bytes, /);
    assert.deepEqual([report.counts.deleted, sentTo(server)], [10, 10_000]);
    const left = report.files.filter(({ fate }) => fate !== 'deleted');
    assert.ok(left.length > 0);
    for (const { fate, code, attempts } of left)
      assert.deepEqual([fate, code, attempts], ['failed', 'INTERRUPTED', 0]);
    assert.equal(filesIn(source).size, 40 - moved);
    assertNothingLost(before, filesIn(source), await objectsIn(client));
  }
  const last = await moveTo(server, source, { maxTransferBytes: 10_500 });
  assert.deepEqual([last.exit_code, last.error, last.counts.deleted], [0, null, 10]);
  assert.deepEqual(namesIn(source), []);
  assertSameBytes(await objectsIn(client), before);
});

test('a file that does not fit into the rest ends the run, and what is under way is completed', async (t) => {
  const server = await useS3Server(t);
  const root = sourceRoot(useTree(t, { a: 'x'.repeat(600), b: 'x'.repeat(500), c: 'x' }));
  const store = new Store({ ...optionsOf(server), bucket: 'test-bucket' });
  const control = new RunControl();
  t.after(() => store.close());
  t.after(() => control.close());
  const items = ['a', 'b', 'c'].map((path) => pass<Selected>({ root, path, key: path }));
  const hashed = await through<Hashed>(hash({ concurrency: 1 }), items);
  const uploaded = await through<Hashed>(
    upload({ store, control, maxTransferBytes: 1000, concurrency: 2 }),
    hashed,
  );
  for (const { content } of openOf(uploaded)) content.close();
  assert.deepEqual(
    openOf(uploaded).map(({ path }) => path),
    ['a'],
  );
  assert.deepEqual(endsOf(uploaded), { b: 'failed INTERRUPTED', c: 'failed INTERRUPTED' });
  assert.equal(control.failure?.code, 'MAX_TRANSFER');
  assert.equal(control.aborting.aborted, false);
});

function optionsOf(server: S3Server) {
  const { endpointUrl, region, credentials } = optionsFor(server, '/');
  return { endpointUrl, region, credentials };
}

test('a file that is larger than the limit fails, also in a dry run, and the others are sent', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { large: 'x'.repeat(1001), just: 'x'.repeat(990), small: 'x' });
  const limited = { maxTransferBytes: 1000 };
  const dry = await moveTo(server, source, { ...limited, dryRun: true });
  assert.deepEqual(fatesOf(dry), {
    large: 'failed FILE_TOO_LARGE',
    just: 'skipped DRY_RUN',
    small: 'skipped DRY_RUN',
  });
  const report = await moveTo(server, source, limited);
  assert.deepEqual(fatesOf(report), { large: 'failed FILE_TOO_LARGE', just: 'deleted', small: 'deleted' });
  assert.equal(entryFor(report, 'large').reason, 'it has 1001 bytes, and a run may send 1000 at most');
  assert.deepEqual([report.exit_code, report.error, namesIn(source)], [2, null, ['large']]);
});

test('files that S3 holds already cost nothing: with 0 a move only deletes', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { ...thousands(20), large: LARGE });
  await backupTo(server, source);
  server.requests.clear();
  for (const compare of ['auto', 'checksum'] as const) {
    const again = await backupTo(server, source, { maxTransferBytes: 0, compare });
    assert.deepEqual([again.exit_code, again.counts.unchanged], [0, 21]);
  }
  const dry = await moveTo(server, source, { maxTransferBytes: 0, dryRun: true });
  assert.deepEqual([dry.exit_code, dry.planned?.present_files], [0, 21]);
  const moved = await moveTo(server, source, { maxTransferBytes: 0 });
  assert.deepEqual([moved.exit_code, moved.counts.deleted, sentTo(server)], [0, 21, 0]);
});

test('the limit is one for all folders of a run', async (t) => {
  const server = await useS3Server(t);
  const [one, two] = [useTree(t, thousands(5)), useTree(t, thousands(5))];
  const source = [
    { folder: one, prefix: 'one' },
    { folder: two, prefix: 'two' },
  ];
  const report = await moveTo(server, '', { source, maxTransferBytes: 6000 });
  assert.deepEqual([report.error?.code, report.counts.deleted], ['MAX_TRANSFER', 6]);
  assert.deepEqual([filesIn(one).size, filesIn(two).size, sentTo(server)], [0, 4, 6000]);
});

for (const transport of TRANSPORTS) {
  const error = { kind: 'error', status: 500, code: 'InternalError' } as const;

  for (const [name, bytes, parts] of [
    ['a file', Buffer.alloc(1000, 'x'), 1000],
    // Two equal parts: either may be the one that fails.
    ['a part', Buffer.alloc(10 * MIB, 'ten'), 5 * MIB],
  ] as const) {
    test(`${name} that is sent again counts twice (${transport})`, async (t) => {
      const sent = parts === 1000 ? 'PutObject' : 'UploadPart';
      const enough = await useS3Server(t);
      enough.faults.plan({ operation: sent, do: error });
      const source = useTree(t, { file: bytes });
      const maxTransferBytes = bytes.length + parts;
      const report = await backupTo(enough, source, { transport, maxTransferBytes });
      assert.deepEqual([fatesOf(report), report.exit_code], [{ file: 'kept' }, 0]);
      assert.ok(sentTo(enough) <= maxTransferBytes);

      const short = await useS3Server(t);
      short.faults.plan({ operation: sent, do: error });
      const less = { transport, maxTransferBytes: maxTransferBytes - 1 };
      const cut = await moveTo(short, source, less);
      assert.deepEqual([fatesOf(cut), cut.exit_code], [{ file: 'failed INTERRUPTED' }, 2]);
      assert.equal(cut.error?.code, 'MAX_TRANSFER');
      assert.ok(sentTo(short) < maxTransferBytes);
      assert.deepEqual(await unfinishedUploads(useBucketClient(t, short)), []);
      const next = await moveTo(short, source, less);
      assert.deepEqual([fatesOf(next), next.exit_code], [{ file: 'deleted' }, 0]);
    });
  }

  test(`a body whose connection breaks counts, whatever of it arrived (${transport})`, async (t) => {
    const server = await useS3Server(t);
    server.faults.plan({ operation: 'PutObject', do: { kind: 'reset', afterBytes: 2 } });
    const source = useTree(t, { file: 'x'.repeat(1000) });
    const report = await backupTo(server, source, { transport, maxTransferBytes: 1999 });
    assert.deepEqual(fatesOf(report), { file: 'failed INTERRUPTED' });
    assert.equal(server.requests.of('PutObject').length, 1);
  });

  test(`parts that an earlier run has stored are not sent, and not counted (${transport})`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { large: LARGE });
    const resuming = { transport, resume: true, maxAttempts: 1 };
    const OTHER = 4 * MIB;
    server.faults.plan({ operation: 'UploadPart', skip: 2, do: error });
    const cut = await moveTo(server, source, resuming);
    assert.deepEqual(fatesOf(cut), { large: 'failed UPLOAD_FAILED' });
    server.requests.clear();
    addFiles(source, { other: Buffer.alloc(OTHER) });
    let settled: () => void = () => undefined;
    const isMoved = new Promise<void>((resolve) => {
      settled = resolve;
    });
    const input = (async function* () {
      yield 'large\n';
      await isMoved;
      yield 'other\n';
    })();
    const list = { input };
    const limited = { ...resuming, list, onEntry: settled, maxTransferBytes: LARGE.length };
    const report = await moveTo(server, source, limited);
    assert.deepEqual([fatesOf(report), report.exit_code], [{ large: 'deleted', other: 'deleted' }, 0]);
    assert.equal(report.resumed_bytes + sentTo(server), LARGE.length + OTHER);
  });

  test(`parts of a file that may not be sent again are kept if they can be resumed (${transport})`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { large: LARGE });
    const limited = { transport, resume: true, maxTransferBytes: LARGE.length };
    server.faults.plan({ operation: 'UploadPart', skip: 2, do: error });
    const cut = await moveTo(server, source, limited);
    assert.deepEqual([cut.error?.code, fatesOf(cut)], ['MAX_TRANSFER', { large: 'failed INTERRUPTED' }]);
    const report = await moveTo(server, source, limited);
    assert.deepEqual([fatesOf(report), report.exit_code], [{ large: 'deleted' }, 0]);
    assert.ok(report.resumed_bytes > 0);
  });
}

test('a run that ends at its limit stores its manifest, which does not count', async (t) => {
  const server = await useS3Server(t);
  const report = await moveTo(server, useTree(t, thousands(3)), { maxTransferBytes: 2000, manifest: true });
  assert.deepEqual([report.error?.code, report.counts.deleted, report.exit_code], ['MAX_TRANSFER', 2, 2]);
  assert.match(report.manifest ?? 'none', /^\.s3-backup\/runs\//);
});

test('a limit that is none is refused before anything is touched', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { a: '1' });
  for (const maxTransferBytes of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])
    await assert.rejects(moveTo(server, source, { maxTransferBytes }), {
      code: 'BAD_OPTION',
      message: `maxTransferBytes is ${maxTransferBytes}; allowed are whole numbers from 0 to 9007199254740991.`,
    });
  assert.equal(server.requests.length, 0);
});
