/** Both transports keep to a limit, and lose nothing by it. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { objectsIn } from '../../support/bucket.ts';
import { MIB } from '../../support/run.ts';
import { runScript } from '../../support/run-script.ts';
import { contract, TRANSPORTS } from './support/contract.ts';
import { bytesOfLength, useContent } from './support/source.ts';
import { PART } from './support/target.ts';
import { storeErrorOf } from './support/truth.ts';

const embeddedOnly = 'its faults are planned';

contract('what is sent at a limit arrives whole, also with another try', { embeddedOnly }, async (bench) => {
  const { t, target } = bench;
  for (const operation of ['PutObject', 'UploadPart'] as const) {
    target.server?.faults.plan({ operation, do: { kind: 'error', status: 500, code: 'InternalError' } });
  }
  const files = { small: bytesOfLength(MIB), large: bytesOfLength(2 * PART + 1) };
  const store = bench.store({ bytesPerSecond: 40 * MIB });
  for (const [key, bytes] of Object.entries(files)) {
    assert.equal((await store.upload(key, await useContent(t, bytes))).attempts, 2);
  }
  const objects = await objectsIn(target.client);
  for (const [key, bytes] of Object.entries(files)) assert.ok(objects.get(key)?.equals(bytes), key);
});

contract('what is sent and what is read back take the time that the limit says', {}, async (bench) => {
  const store = bench.store({ bytesPerSecond: 4 * MIB });
  const content = await useContent(bench.t, bytesOfLength(2 * MIB));
  let began = performance.now();
  await store.upload('key', content);
  assert.ok(performance.now() - began > 350, `sent in ${performance.now() - began} ms`);
  began = performance.now();
  await store.download({ key: 'key' }, undefined);
  assert.ok(performance.now() - began > 350, `read back in ${performance.now() - began} ms`);
});

contract('a limit can change while a body is sent', {}, async (bench) => {
  let bytesPerSecond = 16 * 1024;
  const store = bench.store({ bytesPerSecond: () => bytesPerSecond });
  const sent = store.upload('key', await useContent(bench.t, bytesOfLength(PART)));
  await sleep(200);
  bytesPerSecond = Number.POSITIVE_INFINITY;
  // At the first limit it would take five minutes.
  await sent;
});

contract(
  'an abort ends requests that wait for their turn, and nothing keeps the process',
  {},
  async (bench) => {
    const stop = new AbortController();
    const store = bench.store({ bytesPerSecond: 16 * 1024, signal: stop.signal });
    const sent = storeErrorOf(store.upload('key', await useContent(bench.t, bytesOfLength(MIB))));
    await sleep(100);
    stop.abort();
    assert.equal((await sent).code, 'AbortError');

    const { signal, ...options } = bench.target.options;
    const { code, stdout, stderr } = await runScript(
      bench.t,
      `const { Store } = await load('s3/store.ts');
    const stop = new AbortController();
    const store = new Store({ ...args[0], bytesPerSecond: 16 * 1024, signal: stop.signal });
    const bytes = Buffer.alloc(1024 * 1024, 'x');
    const identity = { mode: 0o644, mtimeNs: 0n };
    const content = { bytes, size: bytes.length, md5: args[1], crc32: 0, identity };
    const keys = Array.from({ length: 8 }, (_, n) => 'key-' + n);
    const ends = keys.map((key) => store.upload(key, content).catch(({ code }) => code));
    setTimeout(() => stop.abort(), 300);
    console.log([...new Set(await Promise.all(ends))].join());
    store.close();`,
      {
        args: [{ ...options, transport: TRANSPORTS[bench.transport] }, '0'.repeat(32)],
        env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
      },
    );
    assert.deepEqual([code, stdout, stderr], [0, 'AbortError\n', '']);
  },
);
