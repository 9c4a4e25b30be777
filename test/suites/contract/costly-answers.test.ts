/** Answers that would cost much: too long, without end, in tiny pieces, or not as long as they say. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Store } from '../../../src/s3/store.ts';
import { answer, type Peer, useRawServer } from '../../support/raw-server.ts';
import { runScript } from '../../support/run-script.ts';
import { TRANSPORTS, type TransportName } from './support/contract.ts';
import { useContent } from './support/source.ts';
import { outcomeOf } from './support/truth.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const OK = 'HTTP/1.1 200 OK\r\netag: "x"\r\n';
const PARTIAL = 'HTTP/1.1 206 Partial Content\r\netag: "x"\r\ncontent-range: bytes 0-99/100\r\n';
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`;
const END = '0\r\n\r\n';

/** Writes these pieces, as fast as they are taken, until there are none or nobody takes them any more. */
async function pour(peer: Peer, pieces: Iterable<string | Buffer>): Promise<void> {
  for (const piece of pieces) {
    if (peer.socket.destroyed) return;
    if (peer.socket.write(piece, 'latin1')) continue;
    await Promise.race([peer.closed, new Promise((resolve) => peer.socket.once('drain', resolve))]);
  }
}

function* forEver(piece: string): Generator<string> {
  for (;;) yield piece;
}

function* endless(head: string, piece: string): Generator<string> {
  yield head;
  yield* forEver(piece);
}

const chunk = (bytes: number) => `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`;
const fill = 'x'.repeat(64 * KIB);

/** What is answered for ever, to whatever is asked. */
const ENDLESS_HEADS: Readonly<Record<string, () => Iterable<string>>> = {
  'a header that has no end': () => endless(`${OK}x: `, fill),
  'interim answers': () => forEver('HTTP/1.1 100 Continue\r\n\r\n'.repeat(100)),
};

/** What is answered for ever, to what has an answer with a body. */
const ENDLESS_BODIES: Readonly<Record<string, () => Iterable<string>>> = {
  'an extension of a chunk': () => endless(`${CHUNKED}1;`, fill),
  'chunks of a byte': () => endless(CHUNKED, chunk(1).repeat(1_000)),
  'a body without a length': () => endless(`${OK}\r\n`, fill),
  'a body in large chunks': () => endless(CHUNKED, chunk(64 * KIB)),
  'a body of the longest length that can be said': () =>
    endless(`${OK}content-length: 999999999999999\r\n\r\n`, fill),
  'an error document': () =>
    endless('HTTP/1.1 500 Words\r\ntransfer-encoding: chunked\r\n\r\n', chunk(64 * KIB)),
  'a refusal': () => endless('HTTP/1.1 403 Words\r\ntransfer-encoding: chunked\r\n\r\n', chunk(64 * KIB)),
};

const CALLS: Readonly<Record<string, (store: Store, t: TestContext) => Promise<unknown>>> = {
  PutObject: async (store, t) => store.upload('key', await useContent(t, 'x')),
  HeadObject: (store) => store.head({ key: 'key' }),
  GetObject: (store) => store.read({ key: 'key' }),
  'GetObject of a range': (store) => store.read({ key: 'key' }, { start: 0, end: 100 }),
  ListObjectsV2: (store) => store.listPage({ prefix: '' }),
  ListMultipartUploads: (store) => readAll(store.unfinishedUploads('')),
  ListParts: (store) => readAll(store.partsOf({ key: 'key', uploadId: 'u' })),
  ListObjectVersions: (store) => readAll(store.listVersions('')),
};

async function readAll(listing: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of listing);
}

function storeAt(t: TestContext, port: number, transport: TransportName): Store {
  const store = new Store({
    bucket: 'bucket',
    endpointUrl: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    transport: TRANSPORTS[transport],
    maxAttempts: 1,
  });
  t.after(() => store.close());
  return store;
}

async function useStore(
  t: TestContext,
  transport: TransportName,
  serve: (peer: Peer) => Promise<void> | void,
): Promise<Store> {
  const { port } = await useRawServer(t, async (peer) => {
    await peer.request();
    await serve(peer);
  });
  return storeAt(t, port, transport);
}

for (const transport of Object.keys(TRANSPORTS) as TransportName[]) {
  for (const [what, pieces] of Object.entries({ ...ENDLESS_HEADS, ...ENDLESS_BODIES })) {
    test(`${what} without end ends every kind of request with an error (${transport})`, async (t) => {
      for (const [operation, call] of Object.entries(CALLS)) {
        // To HEAD, everything behind the head is no part of the answer.
        if (operation === 'HeadObject' && !(what in ENDLESS_HEADS)) continue;
        const store = await useStore(t, transport, (peer) => pour(peer, pieces()));
        assert.match(await outcomeOf(call(store, t)), / AnswerTooLarge$/, operation);
      }
    });
  }

  test(`a body behind an answer to HEAD is not waited for, and no part of the next answer (${transport})`, async (t) => {
    const bodies = [
      `${OK}content-length: 3\r\n\r\nabc`,
      `${CHUNKED}${chunk(3)}${END}`,
      `${OK}content-length: 0\r\n\r\nHTTP/1.1 200 OK\r\netag: "of nothing that is there"\r\n\r\n`,
    ];
    for (const text of bodies) {
      const store = await useStore(t, transport, async (peer) => {
        peer.write(text);
        while (await peer.request()) peer.write(text);
      });
      for (let round = 0; round < 3; round += 1) {
        const state = await store.head({ key: 'key' }).catch((error) => error);
        // What comes unasked may break the next request; it never becomes its answer.
        if (!(state instanceof Error)) assert.equal(state.etag, 'x', text);
      }
    }
  });

  for (const [what, text, outcome] of [
    [
      'longer than what comes',
      `${OK}content-length: 100\r\n\r\nshort`,
      /^(?:no answer|200) (?:ECONNRESET|Error)$/,
    ],
    ['shorter than what comes', `${PARTIAL}content-length: 5\r\n\r\n${'x'.repeat(100)}`, /NotS3$/],
    [
      'two at once',
      `${OK}content-length: 5\r\ncontent-length: 6\r\n\r\n12345`,
      /NotHttp|HPE_UNEXPECTED_CONTENT_LENGTH/,
    ],
    ['no number', `${OK}content-length: five\r\n\r\n12345`, /NotHttp|HPE_INVALID_CONTENT_LENGTH/],
  ] as const) {
    test(`a content-length that is ${what} never passes for the content (${transport})`, async (t) => {
      const store = await useStore(t, transport, (peer) => {
        peer.write(text);
        peer.end();
      });
      const read = store.read({ key: 'key' }, { start: 0, end: 100 });
      assert.match(await outcomeOf(read), outcome);
    });
  }

  test(`chunks of a byte fill no memory (${transport})`, async (t) => {
    const { port } = await useRawServer(t, async (peer) => {
      await peer.request();
      await pour(peer, endless(CHUNKED, chunk(1).repeat(1_000)));
    });
    const { code, stdout, stderr } = await runScript(
      t,
      `const { Store } = await load('s3/store.ts');
      const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
      const store = new Store({ bucket: 'b', credentials, maxAttempts: 1, ...args[0] });
      // maxRSS would begin with that of the process that has started this one.
      let most = 0;
      const watch = setInterval(() => { most = Math.max(most, process.memoryUsage.rss()); }, 10);
      const outcome = await store.read({ key: 'key' }).catch(({ code }) => code);
      clearInterval(watch);
      console.log(outcome, Math.round(Math.max(most, process.memoryUsage.rss()) / 2 ** 20));
      store.close();`,
      {
        args: [{ endpointUrl: `http://127.0.0.1:${port}`, transport: TRANSPORTS[transport] }],
        env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
        longestMs: 60_000,
      },
    );
    const [outcome, mebibytes] = stdout.split(' ');
    assert.deepEqual([code, outcome], [0, 'AnswerTooLarge'], stderr);
    // A process that has read nothing has 100 to 150 MiB.
    assert.ok(Number(mebibytes) < 350, `${mebibytes} MiB`);
  });
}

test('reading an object back ends when more has come than it has', async (t) => {
  let written = 0;
  const store = await useStore(t, 'signed-http', async (peer) => {
    for (const piece of endless(CHUNKED, chunk(64 * KIB))) {
      if (peer.socket.destroyed) return;
      written += piece.length;
      await pour(peer, [piece]);
    }
  });
  await assert.rejects(store.download({ key: 'key' }, undefined, MIB), { code: 'AnswerTooLarge' });
  assert.ok(written < 64 * MIB, `${written} written`);
});

test('what is small is taken however it is cut up', async (t) => {
  const list =
    '<ListBucketResult><Name>b</Name><IsTruncated>false</IsTruncated><Contents><Key>k</Key><Size>1</Size></Contents></ListBucketResult>';
  for (const transport of Object.keys(TRANSPORTS) as TransportName[]) {
    for (const text of [
      `${CHUNKED}${[...list].map((character) => `1;x=y\r\n${character}\r\n`).join('')}0\r\nx-sum: 1\r\n\r\n`,
      `HTTP/1.1 100 Continue\r\n\r\n${answer(200, list)}`,
    ]) {
      const store = await useStore(t, transport, (peer) => peer.trickle(text, 50));
      assert.equal((await store.listPage({ prefix: '' })).objects[0]?.key, 'k');
    }
  }
});
