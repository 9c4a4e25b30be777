import assert from 'node:assert/strict';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { S3Server } from '../../../src/s3-server/index.ts';
import { TEST_BUCKET as Bucket, useS3Server } from '../../support/s3-server.ts';
import { hmac, outcomeOf, type RawAnswer, sendRaw, sha256, signRaw, useClient } from './client.ts';

const path = `/${Bucket}/key`;
const content = Buffer.alloc(150_000, 'content');

function crc32Of(bytes: Buffer): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum.toString('base64');
}

async function read(client: S3Client): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'key' }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

interface Spoil {
  readonly decodedLength?: number;
  readonly trailer?: string;
  /** Index of the chunk whose signature is to be wrong; -1 for the trailers'. */
  readonly badSignature?: number;
}

function putUnsigned(
  server: S3Server,
  { decodedLength = content.length, trailer }: Spoil,
): Promise<RawAnswer> {
  const line = trailer ?? `x-amz-checksum-crc32:${crc32Of(content)}`;
  const chunks = [content.subarray(0, 100_000), content.subarray(100_000)];
  const framed = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)}\r\n`),
    chunk,
    Buffer.from('\r\n'),
  ]);
  const body = Buffer.concat([...framed, Buffer.from(`0\r\n${line}\r\n\r\n`)]);
  const headers = {
    'content-encoding': 'aws-chunked',
    'content-length': `${body.length}`,
    'x-amz-decoded-content-length': `${decodedLength}`,
    'x-amz-trailer': 'x-amz-checksum-crc32',
  };
  const raw = { method: 'PUT', path, body, headers, payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' };
  return sendRaw(server, { ...raw, headers: signRaw(server, raw).headers });
}

function putSigned(server: S3Server, { trailer, badSignature }: Spoil): Promise<RawAnswer> {
  const payloadHash = `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${trailer === undefined ? '' : '-TRAILER'}`;
  const headers = {
    'transfer-encoding': 'chunked',
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': `${content.length}`,
    ...(trailer !== undefined && { 'x-amz-trailer': 'x-amz-checksum-crc32' }),
  };
  const raw = { method: 'PUT', path, headers, payloadHash };
  const { headers: signed, signature, signingKey, scope, timestamp } = signRaw(server, raw);
  let previous = signature;
  const next = (kind: string, ...hashes: string[]) => {
    previous = hmac(signingKey, [kind, timestamp, scope, previous, ...hashes].join('\n')).toString('hex');
    return previous;
  };
  const bad = '0'.repeat(64);
  const pieces: Buffer[] = [];
  for (const [i, chunk] of [
    content.subarray(0, 65_536),
    content.subarray(65_536),
    Buffer.alloc(0),
  ].entries()) {
    const right = next('AWS4-HMAC-SHA256-PAYLOAD', sha256(''), sha256(chunk));
    pieces.push(
      Buffer.from(`${chunk.length.toString(16)};chunk-signature=${badSignature === i ? bad : right}\r\n`),
      chunk,
    );
    if (chunk.length > 0 || trailer === undefined) pieces.push(Buffer.from('\r\n'));
  }
  if (trailer !== undefined) {
    const right = next('AWS4-HMAC-SHA256-TRAILER', sha256(`${trailer}\n`));
    pieces.push(
      Buffer.from(`${trailer}\r\nx-amz-trailer-signature:${badSignature === -1 ? bad : right}\r\n\r\n`),
    );
  }
  return sendRaw(server, { ...raw, body: Buffer.concat(pieces), headers: signed });
}

test('a stream from the SDK is stored without its framing', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server);
  const Body = Readable.from([content.subarray(0, 7), content.subarray(7)], { objectMode: false });
  await client.send(new PutObjectCommand({ Bucket, Key: 'key', Body, ContentLength: content.length }));
  assert.deepEqual(await read(client), content);
  const [put] = server.requests.of('PutObject');
  assert.equal(put?.headers['x-amz-content-sha256'], 'STREAMING-UNSIGNED-PAYLOAD-TRAILER');
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'key' }));
  assert.equal(head.ContentEncoding, undefined);
});

test('unsigned chunks: trailer, its checksum and the decoded length are checked', async (t) => {
  const server = await useS3Server(t);
  assert.equal((await putUnsigned(server, {})).status, 200);
  assert.deepEqual(await read(useClient(t, server)), content);
  assert.equal((await putUnsigned(server, { trailer: 'x-amz-checksum-crc32:AAAAAA==' })).code, 'BadDigest');
  assert.equal((await putUnsigned(server, { trailer: '' })).code, 'MalformedTrailerError');
  assert.equal((await putUnsigned(server, { trailer: 'no colon' })).code, 'MalformedTrailerError');
  assert.equal((await putUnsigned(server, { decodedLength: content.length + 1 })).code, 'IncompleteBody');
  assert.equal((await putUnsigned(server, { decodedLength: content.length - 1 })).code, 'IncompleteBody');
});

test('signed chunks: every signature counts', async (t) => {
  const server = await useS3Server(t);
  assert.equal((await putSigned(server, {})).status, 200);
  assert.deepEqual(await read(useClient(t, server)), content);
  for (const badSignature of [0, 1, 2]) {
    const answer = await putSigned(server, { badSignature });
    assert.deepEqual([answer.status, answer.code], [403, 'SignatureDoesNotMatch']);
  }
});

test('signed trailers: signature and checksum count', async (t) => {
  const server = await useS3Server(t);
  const trailer = `x-amz-checksum-crc32:${crc32Of(content)}`;
  const good = await putSigned(server, { trailer });
  assert.deepEqual([good.status, good.headers['x-amz-checksum-crc32']], [200, crc32Of(content)]);
  assert.deepEqual(await read(useClient(t, server)), content);
  assert.equal((await putSigned(server, { trailer, badSignature: -1 })).code, 'SignatureDoesNotMatch');
  assert.equal((await putSigned(server, { trailer: 'x-amz-checksum-crc32:AAAAAA==' })).code, 'BadDigest');
});

test('a connection goes on after a body that was refused half-way', async (t) => {
  const server = await useS3Server(t);
  const client = useClient(t, server);
  await putSigned(server, { badSignature: 0 });
  const Body = Buffer.alloc(3_000_000);
  const refused = client.send(new PutObjectCommand({ Bucket, Key: 'key', Body, IfMatch: '"nothing"' }));
  assert.equal(await outcomeOf(refused), '404 NoSuchKey');
  assert.equal(await outcomeOf(client.send(new PutObjectCommand({ Bucket, Key: 'key', Body: 'x' }))), 'ok');
});

test('100 Continue is sent for a body that is wanted, and only for that', async (t) => {
  const server = await useS3Server(t);
  const put = (secretAccessKey: string) =>
    new Promise<{ continued: boolean; status: number | undefined }>((resolve, reject) => {
      const raw = { method: 'PUT', path, headers: { 'content-length': '4' }, body: Buffer.from('body') };
      const headers = { ...signRaw(server, { ...raw, secretAccessKey }).headers, expect: '100-continue' };
      let continued = false;
      const sent = request({ port: server.port, method: 'PUT', path, headers, agent: false }, (answer) => {
        answer.resume();
        sent.destroy();
        resolve({ continued, status: answer.statusCode });
      });
      sent.on('continue', () => {
        continued = true;
        sent.end(raw.body);
      });
      sent.on('error', reject);
      sent.flushHeaders();
    });
  assert.deepEqual(await put(server.secretAccessKey), { continued: true, status: 200 });
  assert.deepEqual(await put('wrong'), { continued: false, status: 403 });
});
