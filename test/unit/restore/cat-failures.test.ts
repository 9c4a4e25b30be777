/** What `cat` does if content is not proved, is replaced, or breaks off, and if its reader is slow or leaves. */
import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { type CatOptions, cat } from '../../../src/index.ts';
import { bytesOfLength } from '../../suites/contract/support/source.ts';
import { keepVersions } from '../../support/bucket.ts';
import { Collected, catFrom, reachOf } from '../../support/cat.ts';
import { useDamagingProxy } from '../../support/damaging-proxy.ts';
import { useNoPartNumbers } from '../../support/no-part-numbers.ts';
import { putParts } from '../../support/put-parts.ts';
import { useRestorePlace } from '../../support/restore.ts';
import { MIB } from '../../support/run.ts';
import { TEST_BUCKET } from '../../support/s3-server.ts';
import { useSimpleStore } from '../../support/simple-store.ts';

const LARGE = bytesOfLength(11 * MIB + 3);
const KMS = { ServerSideEncryption: 'aws:kms' } as const;

async function usePlace(t: TestContext) {
  const place = await useRestorePlace(t);
  const write = (more: Partial<CatOptions>, output?: Collected) =>
    catFrom(reachOf(place.server), more, output);
  return { ...place, write };
}

test('small content that arrives damaged is read again, and no damaged byte is written', async (t) => {
  const { write, put, server } = await usePlace(t);
  await put('a', 'content');
  const once = await useDamagingProxy(t, server, (answer) => answer === 0);
  const { bytes, report } = await write({ key: 'a', endpointUrl: once.url });
  assert.deepEqual([String(bytes), report.files[0]?.attempts, report.exit_code], ['content', 2, 0]);
});

test('small content that stays damaged is not written, nor what comes behind it', async (t) => {
  const { write, put, server } = await usePlace(t);
  server.faults.plan({ operation: 'PutObject', key: 'b', do: { kind: 'flip-byte' } });
  for (const key of ['a', 'b', 'c']) await put(key, `content of ${key}`);
  const { bytes, ends, report } = await write({ pattern: '*' });
  assert.equal(String(bytes), 'content of a');
  assert.deepEqual([ends, report.exit_code], [{ a: 'etag-md5', b: 'CONTENT_DIFFERS' }, 2]);
  assert.match(report.files[1]?.reason ?? '', /; nothing of it was written$/);
});

for (const [kind, sizes] of [
  ['whole', undefined],
  ['in parts', [5 * MIB, 5 * MIB, MIB + 3]],
] as const) {
  test(`large content that is damaged is written, and its failed proof is reported (${kind})`, async (t) => {
    const place = await usePlace(t);
    place.server.faults.plan({
      operation: ['PutObject', 'UploadPart'],
      key: 'b',
      do: { kind: 'flip-byte' },
    });
    if (sizes) await putParts(place, 'b', LARGE, sizes);
    else await place.put('b', LARGE);
    await place.put('c', 'behind it');
    const { bytes, ends, report } = await place.write({ pattern: '*' });
    assert.deepEqual([ends, report.exit_code, report.error], [{ b: 'CONTENT_DIFFERS' }, 2, null]);
    assert.equal(bytes.length, LARGE.length);
    assert.ok(!bytes.equals(LARGE));
    assert.match(report.files[0]?.reason ?? '', /; all of its 11534339 bytes were written$/);
  });
}

test('large content that arrives damaged is written, and its failed proof is reported', async (t) => {
  const place = await usePlace(t);
  await place.put('a', LARGE);
  const proxy = await useDamagingProxy(t, place.server, (answer) => answer === 2);
  const { bytes, ends } = await place.write({ key: 'a', endpointUrl: proxy.url });
  assert.deepEqual([proxy.damaged(), ends, bytes.length], [1, { a: 'CONTENT_DIFFERS' }, LARGE.length]);
});

test('content that S3 reports nothing about is written, and reported as not proved', async (t) => {
  const { write, put } = await usePlace(t);
  await put('a', 'small', KMS);
  await put('b', LARGE, KMS);
  await put('c', 'last');
  const { bytes, ends, report } = await write({ pattern: '*' });
  assert.ok(bytes.equals(Buffer.concat([Buffer.from('small'), LARGE, Buffer.from('last')])));
  assert.deepEqual([ends, report.exit_code], [{ a: 'NOT_PROVED', b: 'NOT_PROVED', c: 'etag-md5' }, 2]);
  const accepted = await write({ pattern: '*', requireProof: false });
  assert.deepEqual([accepted.ends, accepted.report.exit_code], [ends, 0]);
});

for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA256'] as const) {
  test(`large content whose ETag is no digest is proved by its ${ChecksumAlgorithm}`, async (t) => {
    const place = await usePlace(t);
    await place.put('a', LARGE, { ...KMS, ChecksumAlgorithm });
    const { ends, bytes } = await place.write({ key: 'a' });
    assert.deepEqual(ends, { a: 'checksum' });
    assert.ok(bytes.equals(LARGE));
    const { url } = await useDamagingProxy(t, place.server, (answer) => answer === 1);
    const damaged = await place.write({ key: 'a', endpointUrl: url });
    assert.deepEqual([damaged.ends, damaged.report.exit_code], [{ a: 'CONTENT_DIFFERS' }, 2]);
  });
}

test('if a store tells no part sizes, usual sizes are tried, and other parts are reported as not proved', async (t) => {
  const place = await usePlace(t);
  for (const [key, size] of [
    ['a', 8 * MIB],
    ['b', 6 * MIB],
    ['c', 8 * MIB + 1],
  ] as const) {
    const sizes = Array.from({ length: Math.ceil(LARGE.length / size) }, (_, n) =>
      Math.min(size, LARGE.length - n * size),
    );
    await putParts(place, key, LARGE, sizes);
  }
  const endpointUrl = await useNoPartNumbers(t, place.server);
  const { bytes, ends } = await place.write({ pattern: '*', endpointUrl });
  assert.deepEqual(ends, { a: 'etag-parts', b: 'etag-parts', c: 'NOT_PROVED' });
  assert.ok(bytes.equals(Buffer.concat([LARGE, LARGE, LARGE])));
});

test('a connection that breaks in the middle of a range is followed by another one', async (t) => {
  const { write, put, server } = await usePlace(t);
  await put('a', LARGE);
  for (const [skip, afterBytes] of [
    [0, 1000],
    [1, MIB + 1],
    [1, 3 * MIB],
  ] as const)
    server.faults.plan({ operation: 'GetObject', skip, do: { kind: 'reset-response', afterBytes } });
  const { bytes, report } = await write({ key: 'a' });
  assert.ok(bytes.equals(LARGE));
  assert.deepEqual([report.exit_code, report.files[0]?.proof], [0, 'etag-md5']);
});

test('an endpoint that refuses in the middle ends it; what was written is reported as not proved', async (t) => {
  const { write, put, server } = await usePlace(t);
  await put('a', LARGE);
  const refusal = { kind: 'error', status: 403, code: 'AccessDenied' } as const;
  server.faults.plan({ operation: 'GetObject', skip: 1, times: 10, do: refusal });
  const { bytes, ends, report } = await write({ pattern: '*' });
  assert.deepEqual([ends, report.exit_code], [{ a: 'DOWNLOAD_FAILED' }, 2]);
  assert.ok(bytes.equals(LARGE.subarray(0, MIB)));
  assert.match(report.files[0]?.reason ?? '', /AccessDenied.*; 1048576 of its 11534339 bytes were written$/);
});

/** Writes an object that something happens to before one of its ranges is answered. */
async function writeWhile(
  t: TestContext,
  range: number,
  keeps: 'versions' | 'no versions',
  happens: (place: Awaited<ReturnType<typeof usePlace>>) => Promise<unknown>,
) {
  const place = await usePlace(t);
  if (keeps === 'versions') await keepVersions(place.client);
  await place.put('a', LARGE);
  const run = async () => {
    await happens(place);
  };
  place.server.faults.plan({ operation: 'GetObject', skip: range, do: { kind: 'call', run } });
  return place.write({ key: 'a' });
}

const overwrite = ({ put }: Awaited<ReturnType<typeof usePlace>>) =>
  put('a', Buffer.alloc(LARGE.length, 'x'));
const remove = ({ client }: Awaited<ReturnType<typeof usePlace>>) =>
  client.send(new DeleteObjectCommand({ Bucket: TEST_BUCKET, Key: 'a' }));

test('an object that is overwritten or deleted in the middle is no mixture, and reported', async (t) => {
  for (const [happens, code] of [
    [overwrite, 'OBJECT_CHANGED'],
    [remove, 'NOT_FOUND'],
  ] as const) {
    const { bytes, ends, report } = await writeWhile(t, 2, 'no versions', happens);
    assert.deepEqual([ends, report.exit_code], [{ a: code }, 2]);
    assert.ok(bytes.length > 0 && bytes.equals(LARGE.subarray(0, bytes.length)));
  }
});

test('an object that is overwritten or deleted in the middle is read to its end if its version is kept', async (t) => {
  for (const happens of [overwrite, remove]) {
    const { bytes, ends, report } = await writeWhile(t, 2, 'versions', happens);
    assert.deepEqual([ends, report.exit_code], [{ a: 'etag-md5' }, 0]);
    assert.ok(bytes.equals(LARGE));
  }
});

test('a store that ignores If-Match gives no mixture either', async (t) => {
  const store = await useSimpleStore(t);
  store.put('a', LARGE);
  class Overwriting extends Collected {
    override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
      store.put('a', Buffer.alloc(LARGE.length, 'x'));
      super._write(chunk, encoding, done);
    }
  }
  const { to, ...reached } = store.restoreOptions('');
  const { bytes, ends } = await catFrom(reached, { key: 'a' }, new Overwriting());
  assert.deepEqual(ends, { a: 'OBJECT_CHANGED' });
  assert.ok(bytes.length < LARGE.length && bytes.equals(LARGE.subarray(0, bytes.length)));
});

test('an object that is overwritten before its first byte is written as it is now', async (t) => {
  for (const size of [5, LARGE.length]) {
    const newer = Buffer.alloc(size, 'newer');
    const { bytes, report } = await writeWhile(t, 0, 'no versions', ({ put }) => put('a', newer));
    assert.ok(bytes.equals(newer));
    assert.equal(report.exit_code, 0);
  }
});

test('an object that is overwritten before its turn does not wait for memory that the ones behind it hold', async (t) => {
  const { write, put, server } = await usePlace(t);
  const [bytes, newer] = [bytesOfLength(7 * MIB), Buffer.alloc(7 * MIB, 'newer')];
  for (const key of ['a', 'b', 'c', 'd', 'e']) await put(key, bytes);
  // Memory for two of them: the others wait for it before `a` has to ask for it again.
  const overwrites = () => put('a', newer).then(() => undefined);
  server.faults.plan({ operation: 'GetObject', key: 'a', do: { kind: 'call', run: overwrites } });
  const written = await write({ pattern: '*', memoryBytes: 32 * MIB });
  assert.equal(written.report.exit_code, 0);
  assert.ok(written.bytes.equals(Buffer.concat([newer, bytes, bytes, bytes, bytes])));
});

test('an object that has become larger since it was listed is still proved before its first byte', async (t) => {
  const { write, put, server } = await usePlace(t);
  await put('a', 'few');
  await put('b', 'behind it');
  const overwrites = () => put('a', Buffer.alloc(7 * MIB, 'newer')).then(() => undefined);
  server.faults.plan({ operation: 'GetObject', key: 'a', do: { kind: 'call', run: overwrites } });
  server.faults.plan({ operation: 'PutObject', key: 'a', do: { kind: 'flip-byte' } });
  const { bytes, ends, report } = await write({ pattern: '*' });
  assert.deepEqual([bytes.length, ends, report.exit_code], [0, { a: 'CONTENT_DIFFERS' }, 2]);
});

test('a slow reader costs no more memory than the option allows, and keeps no request open', async (t) => {
  const { write, put, server } = await usePlace(t);
  const bytes = bytesOfLength(40 * MIB);
  await put('a', bytes);
  server.requests.clear();
  const memoryBytes = 32 * MIB;
  let most = 0;
  class Slow extends Collected {
    #taken = 0;

    override async _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void) {
      // All that was requested has arrived before the next byte is taken: no connection waits for this reader.
      const reads = () => server.requests.of('GetObject');
      while (reads().some(({ status }) => status === 0)) await sleep(1);
      most = Math.max(
        most,
        reads().reduce((sum, { headers }) => sum + lengthOf(headers.range), -this.#taken),
      );
      this.#taken += chunk.length;
      super._write(chunk, encoding, done);
    }
  }
  const { report, bytes: written } = await write({ key: 'a', memoryBytes }, new Slow());
  assert.equal(report.exit_code, 0);
  assert.ok(written.equals(bytes));
  assert.ok(most > 8 * MIB && most <= memoryBytes / 2, `${most} bytes were requested ahead`);
});

test('a stream that hands the bytes on to a reader who keeps them gets bytes that stay as they are', async (t) => {
  const { put, server } = await usePlace(t);
  const [large, small] = [bytesOfLength(60 * MIB), bytesOfLength(6 * MIB)];
  const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
  for (const key of keys) await put(key, key === 'a' ? large : small);
  const output = new PassThrough();
  const options = { ...reachOf(server), pattern: '*', memoryBytes: 32 * MIB, output };
  const [report, kept] = await Promise.all([cat(options).finally(() => output.end()), buffer(output)]);
  assert.equal(report.exit_code, 0);
  assert.ok(kept.equals(Buffer.concat([large, small, small, small, small, small])));
});

function lengthOf(range = ''): number {
  const [, start, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? assert.fail(range);
  return Number(last) - Number(start) + 1;
}

/** A pipe whose reader leaves when it has got so many bytes. */
class Leaving extends Collected {
  readonly #after: number;

  constructor(after: number) {
    super();
    this.#after = after;
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.bytes.length < this.#after) super._write(chunk, encoding, done);
    else done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  }
}

test('a reader that leaves ends it, and little was read ahead', async (t) => {
  const { write, put, server } = await usePlace(t);
  await put('a', bytesOfLength(40 * MIB));
  server.requests.clear();
  const { ends, report } = await write({ key: 'a' }, new Leaving(1));
  assert.deepEqual([ends, report.files[0]?.proof], [{ a: 'WRITE_FAILED' }, null]);
  const reads = server.requests.of('GetObject');
  assert.ok(reads.length <= 5, `${reads.length} requests`);
});

test('a reader that leaves in the middle of content that was proved before is told from one that does not', async (t) => {
  const { write, put } = await usePlace(t);
  await put('a', bytesOfLength(3 * MIB));
  const { ends, report } = await write({ key: 'a' }, new Leaving(1));
  assert.deepEqual([ends, report.files[0]?.proof], [{ a: 'WRITE_FAILED' }, 'etag-md5']);
});

test('a stream that is destroyed or that throws is a failure, and never ends the process', async (t) => {
  const { write, put } = await usePlace(t);
  await put('a', LARGE);
  const destroyed = new Collected();
  destroyed.destroy();
  const throwing = new Collected();
  throwing.write = () => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', errno: -28 });
  };
  for (const [output, reason] of [
    [destroyed, /^the output takes no more: .*destroyed; nothing of it was written$/],
    [throwing, /^the output takes no more: ENOSPC/],
  ] as const) {
    const { ends, report } = await write({ key: 'a' }, output);
    assert.deepEqual([ends, report.exit_code], [{ a: 'WRITE_FAILED' }, 2]);
    assert.match(report.files[0]?.reason ?? '', reason);
  }
});

test('the signal ends it while the reader waits', async (t) => {
  const { server, put } = await usePlace(t);
  await put('a', LARGE);
  const stop = new AbortController();
  class Waiting extends Collected {
    override _write(): void {
      stop.abort('SIGTERM');
    }
  }
  const { report, ends } = await catFrom(reachOf(server), { key: 'a', signal: stop.signal }, new Waiting());
  assert.deepEqual([ends, report.exit_code], [{ a: 'INTERRUPTED' }, 143]);
});

test('the stream is not ended, and has no listener left', async (t) => {
  const { write, put } = await usePlace(t);
  await put('a', 'a');
  const output = new Collected();
  const before = output.listenerCount('error');
  for (const _ of [1, 2]) await write({ key: 'a' }, output);
  assert.deepEqual([String(output.bytes), output.writable], ['aa', true]);
  assert.ok(output instanceof Writable && output.listenerCount('error') === before);
});
