/** `put` and `cat`: a stream becomes an object that is proved, and its bytes come back. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ListObjectVersionsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { type CatOptions, type PutOptions, put } from '../../../src/index.ts';
import { catFrom } from '../../support/cat.ts';
import { KMS } from './support/capabilities.ts';
import { type Bench, contract, TRANSPORTS } from './support/contract.ts';
import { bytesOfLength } from './support/source.ts';
import { RUN_PART } from './support/target.ts';
import { assertHolds } from './support/truth.ts';

/** Versions differ in their times from one second to the next. */
const TICK_MS = 1_100;
const SMALL = Buffer.from('a few bytes');
/** Above what is read in one piece, in five parts. */
const LARGE = bytesOfLength(4 * RUN_PART + 17);
const SIZES = { small: SMALL, large: LARGE } as const;

function streamOf(bytes: Buffer): Readable {
  return Readable.from([bytes], { objectMode: false });
}

const optionsOf = ({ target, transport }: Bench) => ({
  ...target.options,
  partSizeBytes: RUN_PART,
  transport: TRANSPORTS[transport],
  prefix: 'office',
});

function putTo(bench: Bench, key: string, input: PutOptions['input'], more: Partial<PutOptions> = {}) {
  return put({ ...optionsOf(bench), key, input, ...more });
}

async function catOf(bench: Bench, more: Partial<CatOptions>) {
  const { completionLookSeconds, ...options } = optionsOf(bench);
  return catFrom(options as Parameters<typeof catFrom>[0], more);
}

contract('a stream of any size is stored, proved and written to a stream again', {}, async (bench) => {
  for (const [key, bytes] of Object.entries(SIZES)) {
    const report = await putTo(bench, key, streamOf(bytes));
    const proof = key === 'small' ? 'etag-md5' : 'etag-parts';
    assert.deepEqual([report.exit_code, report.files[0]?.proof], [0, proof]);
    await assertHolds(bench.target, `office/${key}`, bytes);
    const written = await catOf(bench, { key });
    assert.deepEqual([written.report.exit_code, written.ends], [0, { [`office/${key}`]: proof }]);
    assert.ok(written.bytes.equals(bytes));
  }
  const all = await catOf(bench, { pattern: '*' });
  assert.equal(all.report.exit_code, 0);
  assert.ok(all.bytes.equals(Buffer.concat([LARGE, SMALL])));
});

contract('a stream that breaks off leaves the object that was there', {}, async (bench) => {
  await putTo(bench, 'key', streamOf(SMALL));
  for (const bytes of Object.values(SIZES)) {
    const breaking = Readable.from(
      (async function* () {
        yield bytes;
        throw new Error('the writer failed');
      })(),
      { objectMode: false },
    );
    const report = await putTo(bench, 'key', breaking);
    assert.deepEqual([report.exit_code, report.files[0]?.code], [2, 'UNREADABLE']);
  }
  await assertHolds(bench.target, 'office/key', SMALL);
});

contract('with ifAbsent an object is left alone, also one that comes meanwhile', {}, async (bench) => {
  const { client, bucket: Bucket } = bench.target;
  await putTo(bench, 'there', streamOf(SMALL), { ifAbsent: true });
  for (const [name, bytes] of Object.entries(SIZES)) {
    const before = await putTo(bench, 'there', streamOf(bytes), { ifAbsent: true });
    assert.equal(before.files[0]?.code, 'OBJECT_EXISTS');
    const late = Readable.from(
      (async function* () {
        yield bytes;
        await client.send(new PutObjectCommand({ Bucket, Key: `office/late ${name}`, Body: 'came first' }));
      })(),
      { objectMode: false },
    );
    const meanwhile = await putTo(bench, `late ${name}`, late, { ifAbsent: true });
    assert.equal(meanwhile.files[0]?.code, 'OBJECT_EXISTS');
    await assertHolds(bench.target, `office/late ${name}`, Buffer.from('came first'));
  }
  await assertHolds(bench.target, 'office/there', SMALL);
});

contract(
  'an object is written as it was at a time, and as a run stored it',
  { needs: 'versions' },
  async (bench) => {
    const { client, bucket: Bucket } = bench.target;
    for (const [key, bytes] of Object.entries(SIZES)) {
      await putTo(bench, key, streamOf(bytes), { manifest: true });
      const { Versions: [version] = [] } = await client.send(
        new ListObjectVersionsCommand({ Bucket, Prefix: `office/${key}` }),
      );
      await sleep(TICK_MS);
      await putTo(bench, key, streamOf(Buffer.from('newer')));
      assert.equal(String((await catOf(bench, { key })).bytes), 'newer');
      for (const state of [{ versionAt: version?.LastModified?.toISOString() }, { run: 'latest' }]) {
        const { bytes: written, report } = await catOf(bench, { key, ...state });
        assert.equal(report.exit_code, 0);
        assert.ok(written.equals(bytes), Object.keys(state).join());
      }
      await sleep(TICK_MS);
    }
  },
);

contract('an object under SSE-KMS is proved, or is said not to be', { needs: 'SSE-KMS' }, async (bench) => {
  for (const [key, bytes] of Object.entries(SIZES)) {
    const { exit_code, files } = await putTo(bench, key, streamOf(bytes), { object: KMS });
    assert.equal(exit_code, 0);
    assert.ok(files[0]?.proof, 'what nothing else proves is read back');
    const { report, ends, bytes: written } = await catOf(bench, { key });
    assert.ok(written.equals(bytes));
    // A store that keeps no checksums may report nothing to compare with.
    const proof = report.files[0]?.proof ?? null;
    assert.equal(report.exit_code, proof === null ? 2 : 0);
    assert.equal(ends[`office/${key}`], bench.target.server ? 'checksum' : (proof ?? 'NOT_PROVED'));
  }
});
