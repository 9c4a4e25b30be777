import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WholeMd5 } from '../../../../src/digest/md5/whole-md5.ts';
import { runScript } from '../../../support/run-script.ts';

const KIB = 1024;

function shared(bytes: Buffer): Buffer {
  const copy = Buffer.from(new SharedArrayBuffer(bytes.length));
  bytes.copy(copy);
  return copy;
}

test('files that are hashed at the same time get their own MD5s', async () => {
  const files = Array.from({ length: 5 }, (_, n) =>
    Array.from({ length: 2 + 3 * n }, (_, piece) => randomBytes(piece % 3 === 0 ? 0 : n * 1000 + piece)),
  );
  const md5s = files.map(() => new WholeMd5());
  const updates: Promise<void>[] = [];
  for (let piece = 0; piece < 20; piece += 1) {
    for (const [n, file] of files.entries()) {
      const bytes = file[piece];
      if (bytes) updates.push((md5s[n] as WholeMd5).update(bytes));
    }
  }
  const digests = await Promise.all(md5s.map((md5) => md5.digest()));
  await Promise.all(updates);
  assert.deepEqual(
    digests,
    files.map((file) => hash('md5', Buffer.concat(file), 'hex')),
  );
});

test('a file without bytes has the MD5 of nothing', async () => {
  assert.equal(await new WholeMd5().digest(), 'd41d8cd98f00b204e9800998ecf8427e');
});

test('memory may change as soon as its update is done, shared or not', async () => {
  for (const make of [shared, (bytes: Buffer) => Buffer.from(bytes)]) {
    const md5 = new WholeMd5();
    const memory = make(randomBytes(256 * KIB));
    const pieces: Buffer[] = [];
    for (let n = 0; n < 10; n += 1) {
      memory.fill(n);
      pieces.push(Buffer.from(memory));
      await md5.update(memory);
    }
    assert.equal(await md5.digest(), hash('md5', Buffer.concat(pieces), 'hex'));
  }
});

test('only the bytes of a view are hashed', async () => {
  const bytes = shared(randomBytes(10_000));
  const md5 = new WholeMd5();
  await md5.update(bytes.subarray(17, 9000));
  assert.equal(await md5.digest(), hash('md5', bytes.subarray(17, 9000), 'hex'));
});

test('a thread that is lost never makes a wrong MD5: its files fail, and the next ones are right', async () => {
  const [broken, other] = [new WholeMd5(), new WholeMd5()];
  await other.update(Buffer.from('the first part, which only the lost thread knew'));
  await assert.rejects(broken.update(5 as unknown as Uint8Array));
  await sleep(100);
  for (let n = 0; n < 3; n += 1) {
    const next = new WholeMd5();
    await next.update(Buffer.from('abc'));
    assert.equal(await next.digest(), '900150983cd24fb0d6963f7d28e17f72');
  }
  await assert.rejects(broken.digest());
  await other.update(Buffer.from('the rest')).catch(() => undefined);
  await assert.rejects(other.digest());
});

test('the process ends by itself although the thread is there', async (t) => {
  const { code, stdout, stderr } = await runScript(
    t,
    `const { WholeMd5 } = await load('digest/md5/whole-md5.ts');
    const md5 = new WholeMd5();
    await md5.update(Buffer.from('abc'));
    console.log(await md5.digest());
    new WholeMd5();`,
  );
  assert.deepEqual([code, stdout, stderr], [0, '900150983cd24fb0d6963f7d28e17f72\n', '']);
});

test('the process does not end before what was asked for is answered', async (t) => {
  const { code, stdout, stderr } = await runScript(
    t,
    `const { WholeMd5 } = await load('digest/md5/whole-md5.ts');
    const md5 = new WholeMd5();
    const memory = Buffer.from(new SharedArrayBuffer(32 * 1024 * 1024));
    md5.update(memory);
    md5.digest().then(console.log);`,
  );
  const expected = hash('md5', Buffer.alloc(32 * KIB * KIB), 'hex');
  assert.deepEqual([code, stdout, stderr], [0, `${expected}\n`, '']);
});
