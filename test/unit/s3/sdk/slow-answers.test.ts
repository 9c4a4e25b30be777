/** Answers that never end, although they are never silent. Those of the signed-http transport: test/unit/http/adaptive-timeouts.test.ts. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CompleteMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import { AdaptiveTimeouts } from '../../../../src/http/adaptive-timeouts.ts';
import { openNetwork } from '../../../../src/http/network.ts';
import { collectBody } from '../../../../src/s3/sdk/bounded-answers.ts';
import { createClient } from '../../../../src/s3/sdk/client.ts';
import { type Peer, useRawServer } from '../../../support/raw-server.ts';

const WHOLE_MS = 400;
/** For the head of an object whose content is what the test is about. */
const LONG_MS = 60_000;
const OK = 'HTTP/1.1 200 OK\r\netag: "x"\r\n';
const Bucket = 'b';
const Key = 'k';

async function useClient(
  t: TestContext,
  serve: (peer: Peer) => Promise<void>,
  wholeMs = WHOLE_MS,
): Promise<S3Client> {
  const { port } = await useRawServer(t, async (peer) => {
    await peer.request();
    await serve(peer);
  });
  const client = createClient(
    {
      endpointUrl: `http://127.0.0.1:${port}`,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    },
    openNetwork({ proxies: {} }),
    new AdaptiveTimeouts({ wholeMs }),
  );
  t.after(() => client.destroy());
  return client;
}

/** Writes a little now and then until nobody listens any more. */
async function drip(peer: Peer, head: string, drop: string): Promise<void> {
  peer.write(head);
  while (!peer.socket.destroyed) {
    await sleep(30);
    peer.write(drop);
  }
}

const TOO_SLOW = { code: 'TimeoutError', message: 'the request took too long' };

for (const [what, head, drop] of [
  ['a head', `${OK}x: `, 'y'],
  ['interim answers', '', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ['a body', `${OK}content-length: 100000\r\n\r\n`, 'x'],
  ['chunks', `${OK}transfer-encoding: chunked\r\n\r\n`, '1\r\nx\r\n'],
] as const) {
  test(`${what} that comes drop by drop is a TimeoutError, and nothing is left of the connection`, async (t) => {
    const peers: Peer[] = [];
    const client = await useClient(t, (peer) => {
      peers.push(peer);
      return drip(peer, head, drop);
    });
    await assert.rejects(client.send(new ListObjectsV2Command({ Bucket })), TOO_SLOW);
    await peers[0]?.closed;
  });
}

test('a head that arrives byte by byte ends a HEAD and a GET, too', async (t) => {
  const client = await useClient(t, (peer) => drip(peer, `${OK}x: `, 'y'));
  await assert.rejects(client.send(new HeadObjectCommand({ Bucket, Key })), TOO_SLOW);
  await assert.rejects(client.send(new GetObjectCommand({ Bucket, Key })), TOO_SLOW);
});

test('the content of an object that comes drop by drop is a TimeoutError', async (t) => {
  const patience = new AdaptiveTimeouts({ wholeMs: WHOLE_MS });
  const drops = (peer: Peer) => drip(peer, `${OK}content-length: 100000\r\n\r\n`, 'x');
  const client = await useClient(t, drops, LONG_MS);
  const open = async () => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    return Body as NodeJS.ReadableStream & AsyncIterable<Uint8Array>;
  };
  await assert.rejects(collectBody(await open(), { maxBytes: 1_000_000, patience }), TOO_SLOW);
});

test('content that comes fast enough may take longer', async (t) => {
  const wholeMs = 2_000;
  const pieces = Array.from({ length: 8 }, () => 'x'.repeat(40_000));
  const serve = async (peer: Peer) => {
    peer.write(`${OK}content-length: 320000\r\n\r\n`);
    for (const piece of pieces) {
      peer.write(piece);
      await sleep(wholeMs / 6);
    }
  };
  const client = await useClient(t, serve, LONG_MS);
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  const read = await collectBody(Body as NodeJS.ReadableStream, {
    maxBytes: 320_000,
    patience: new AdaptiveTimeouts({ wholeMs }),
  });
  assert.equal(read.length, 320_000);
});

test('a completion may take any time, as long as something comes', async (t) => {
  const client = await useClient(t, async (peer) => {
    peer.write('HTTP/1.1 102 Processing\r\n\r\n');
    await sleep(WHOLE_MS * 1.5);
    peer.write(`${OK}transfer-encoding: chunked\r\n\r\n`);
    for (let spaces = 0; spaces < 20; spaces += 1) {
      await sleep(30);
      peer.write('1\r\n \r\n');
    }
    const xml = '<CompleteMultipartUploadResult><ETag>"x"</ETag></CompleteMultipartUploadResult>';
    peer.write(`${xml.length.toString(16)}\r\n${xml}\r\n0\r\n\r\n`);
  });
  const command = new CompleteMultipartUploadCommand({ Bucket, Key, UploadId: 'u' });
  assert.equal((await client.send(command)).ETag, '"x"');
});
