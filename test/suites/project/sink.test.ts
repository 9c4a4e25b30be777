import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { type Sink, startSink } from '../../../bench/speed/sink-process.ts';

const md5 = (...pieces: readonly Buffer[]) =>
  pieces.reduce((hash, piece) => hash.update(piece), createHash('md5')).digest();

let home: string;
let sink: Sink;

before(async () => {
  home = mkdtempSync(join(tmpdir(), 'sink-test-'));
  sink = await startSink({ latencyMs: 0, isTls: false, cores: undefined, home });
});
after(async () => {
  await sink.close();
  rmSync(home, { recursive: true, force: true });
});
beforeEach(() => sink.reset());

const send = (method: string, target: string, body?: Buffer | string, headers?: Record<string, string>) =>
  fetch(`${sink.endpoint}/bucket/${target}`, {
    method,
    ...(body !== undefined && { body: new Uint8Array(Buffer.from(body)) }),
    ...(headers && { headers }),
  });
const etagOf = (response: Response) => response.headers.get('etag')?.replaceAll('"', '');
const put = async (key: string, body: Buffer) => etagOf(await send('PUT', key, body));
const elements = (xml: string, name: string) =>
  [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text]) => text);

/** Sends bytes as they are, in pieces of this size, and reads until `answers` answers without a body have come. */
async function sendRaw(bytes: Buffer, piece: number, answers: number): Promise<string> {
  const socket = connect(Number(new URL(sink.endpoint).port), '127.0.0.1').setNoDelay(true);
  let text = '';
  socket.setEncoding('latin1').on('data', (more) => {
    text += more;
  });
  for (let at = 0; at < bytes.length; at += piece) {
    socket.write(bytes.subarray(at, at + piece));
    if (at % 10 === 0) await new Promise(setImmediate);
  }
  while (text.split('\r\n\r\n').length <= answers) await once(socket, 'data');
  socket.destroy();
  return text;
}

test('the ETag of an object is the MD5 of its bytes, also of those that it has seen before', async () => {
  for (const size of [0, 1, 63, 64, 65, 200, 4096, 300_000]) {
    const body = randomBytes(size);
    for (let times = 0; times < 3; times += 1) {
      assert.equal(await put(`of-${size}`, body), md5(body).toString('hex'));
    }
  }
});

test('contents that only begin alike are told apart, with one to be sent again', async () => {
  const one = randomBytes(4096);
  const other = Buffer.concat([one.subarray(0, 2000), randomBytes(2096)]);
  const longer = Buffer.concat([one, randomBytes(10)]);
  assert.equal(await put('one', one), md5(one).toString('hex'));
  assert.equal(await put('longer', longer), md5(longer).toString('hex'));
  assert.equal((await send('PUT', 'other', other)).status, 503);
  for (const body of [other, one, other]) assert.equal(await put('any', body), md5(body).toString('hex'));
});

test('the ETag of a multipart object is made of those of the parts that are named', async () => {
  const parts = [randomBytes(100_000), randomBytes(100_000), randomBytes(7)];
  const [uploadId] = elements(await (await send('POST', 'big?uploads')).text(), 'UploadId');
  for (const [index, body] of parts.entries()) {
    assert.equal(
      await put(`big?partNumber=${index + 1}&uploadId=${uploadId}`, body),
      md5(body).toString('hex'),
    );
  }
  const named = parts.map((_, index) => `<Part><PartNumber>${index + 1}</PartNumber></Part>`).join('');
  const completed = await send('POST', `big?uploadId=${uploadId}`, `<C>${named}</C>`);
  const expected = `${md5(...parts.map((part) => md5(part))).toString('hex')}-3`;
  assert.ok((await completed.text()).includes(expected));
  const head = await send('HEAD', 'big');
  assert.equal(etagOf(head), expected);
  assert.equal(head.headers.get('content-length'), '200007');
  assert.equal((await sink.stats()).unfinishedUploads, 0);
});

test('pages list the keys in the order of their bytes, each once, also with keys added in between', async () => {
  // U+10000 comes behind U+FFFD in bytes, and before it in JavaScript's order.
  const keys = ['a&b', 'b', 'b/1', 'b/2', 'c', '\u{fffd}', '\u{10000}'];
  for (const key of [...keys].reverse())
    await put(encodeURIComponent(key).replaceAll('%2F', '/'), Buffer.from(key));
  const listed: (string | undefined)[] = [];
  for (let token: string | undefined, more = true; more; more = token !== undefined) {
    const query = token === undefined ? '' : `&continuation-token=${token}`;
    const page = await (await send('GET', `?list-type=2&encoding-type=url&max-keys=2${query}`)).text();
    listed.push(...elements(page, 'Key').map((key = '') => decodeURIComponent(key)));
    [token] = elements(page, 'NextContinuationToken');
    if (listed.length === 2) await put('b/1a', Buffer.from('late'));
  }
  assert.deepEqual(listed, ['a&b', 'b', 'b/1', 'b/1a', 'b/2', 'c', '\u{fffd}', '\u{10000}']);
});

test('a listing can begin behind a key, below a prefix, and fold what follows a delimiter', async () => {
  for (const key of ['x/1/a', 'x/1/b', 'x/2/a', 'x/3', 'y']) await put(key, Buffer.from(key));
  const list = async (query: string) => (await send('GET', `?list-type=2&${query}`)).text();
  assert.deepEqual(elements(await list('prefix=x/&start-after=x/1/a'), 'Key'), ['x/1/b', 'x/2/a', 'x/3']);
  const folded = await list('prefix=x/&delimiter=/');
  assert.deepEqual(elements(folded, 'Key'), ['x/3']);
  assert.deepEqual(elements(folded, 'Prefix').slice(1), ['x/1/', 'x/2/']);
});

test('a long listing stays whole when keys come and go', async () => {
  const keys = Array.from(
    { length: 3000 },
    (_, index) => `k${String((index * 7919) % 3000).padStart(4, '0')}`,
  );
  const putAll = async (some: readonly string[]) => {
    const requests = some.map((key) => `PUT /bucket/${key} HTTP/1.1\r\n\r\n`).join('');
    await sendRaw(Buffer.from(requests), requests.length, some.length);
  };
  await putAll(keys.slice(0, 1500));
  await send('GET', '?list-type=2');
  await putAll(keys.slice(1500));
  await send('DELETE', 'k0500');
  const listed: (string | undefined)[] = [];
  for (let last = '', more = true; more; ) {
    const page = await (await send('GET', `?list-type=2&start-after=${last}`)).text();
    listed.push(...elements(page, 'Key'));
    last = listed.at(-1) ?? '';
    more = page.includes('<IsTruncated>true');
  }
  assert.deepEqual(
    listed,
    [...keys].sort().filter((key) => key !== 'k0500'),
  );
});

test('requests that come in any pieces, several at once or in chunks are answered in their order', async () => {
  const body = randomBytes(500);
  const chunks = Buffer.concat([
    Buffer.from('12c;chunk-signature=0\r\n'),
    body.subarray(0, 300),
    Buffer.from('\r\nc8;chunk-signature=0\r\n'),
    body.subarray(300),
    Buffer.from('\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n'),
  ]);
  const streamed =
    'x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\nx-amz-decoded-content-length: 500\r\n';
  const requests = Buffer.concat([
    Buffer.from('PUT /bucket/plain HTTP/1.1\r\nContent-Length: 500\r\n\r\n'),
    body,
    Buffer.from(`PUT /bucket/streamed HTTP/1.1\r\n${streamed}Content-Length: ${chunks.length}\r\n\r\n`),
    chunks,
    Buffer.from(`PUT /bucket/chunked HTTP/1.1\r\n${streamed}Transfer-Encoding: chunked\r\n\r\n`),
    Buffer.from(`${chunks.length.toString(16)}\r\n`),
    chunks,
    Buffer.from('\r\n0\r\n\r\n'),
    Buffer.from('PUT /bucket/empty HTTP/1.1\r\n\r\n'),
  ]);
  const expected = [body, body, body, Buffer.alloc(0)].map((each) => md5(each).toString('hex'));
  for (const piece of [1, 7, 100, requests.length]) {
    const answers = await sendRaw(requests, piece, 4);
    assert.deepEqual(
      [...answers.matchAll(/ETag: "(\w+)"/g)].map(([, etag]) => etag),
      expected,
    );
  }
});

test('whoever expects a word before the body gets it', async () => {
  const head = 'PUT /bucket/key HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n';
  assert.match(await sendRaw(Buffer.from(head), head.length, 1), /^HTTP\/1\.1 100 /);
});

test('the counts are those since the last reset, and metadata comes back', async () => {
  await send('PUT', 'a', 'content', { 'x-amz-meta-mtime': '1.5' });
  await send('PUT', 'a', 'contents');
  await send('PUT', 'b', 'b', { 'x-amz-meta-mtime': '1.5' });
  assert.equal((await send('HEAD', 'b')).headers.get('x-amz-meta-mtime'), '1.5');
  assert.equal((await send('HEAD', 'none')).status, 404);
  assert.equal((await send('PUT', 'a', 'other', { 'if-none-match': '*' })).status, 412);
  const { requests, objects, bytes } = await sink.stats();
  assert.deepEqual(
    { requests, objects, bytes },
    { requests: { PutObject: 4, HeadObject: 2 }, objects: 2, bytes: 9 },
  );
  await sink.reset();
  assert.deepEqual((await sink.stats()).requests, {});
  assert.equal((await send('HEAD', 'b')).status, 404);
});

test('contents that are kept are given back whole, in ranges and by parts; others are not', async (t) => {
  const keeping = await startSink({
    latencyMs: 0,
    isTls: false,
    cores: undefined,
    home,
    keepsContents: true,
  });
  t.after(() => keeping.close());
  const ask = (method: string, query = '', range?: string, body?: Buffer | string) =>
    fetch(`${keeping.endpoint}/bucket/object${query}`, {
      method,
      ...(range !== undefined && { headers: { range } }),
      ...(body !== undefined && { body: new Uint8Array(Buffer.from(body)) }),
    });
  const [first, second] = [randomBytes(70_000), randomBytes(50_000)];
  const [uploadId] = elements(await (await ask('POST', '?uploads')).text(), 'UploadId');
  await ask('PUT', `?uploadId=${uploadId}&partNumber=1`, undefined, first);
  await ask('PUT', `?uploadId=${uploadId}&partNumber=2`, undefined, second);
  await ask(
    'POST',
    `?uploadId=${uploadId}`,
    undefined,
    '<PartNumber>1</PartNumber><PartNumber>2</PartNumber>',
  );
  const all = Buffer.concat([first, second]);
  const got = async (query?: string, range?: string) => {
    const response = await ask('GET', query, range);
    return { response, body: Buffer.from(await response.arrayBuffer()) };
  };
  const ranges: [string, Buffer][] = [
    ['bytes=69990-70009', all.subarray(69_990, 70_010)],
    ['bytes=119999-', all.subarray(119_999)],
    ['bytes=-5', all.subarray(-5)],
  ];
  assert.deepEqual((await got()).body, all);
  for (const [range, expected] of ranges) {
    const { response, body } = await got('', range);
    assert.equal(response.status, 206);
    assert.deepEqual(body, expected, range);
  }
  const part = await got('?partNumber=2');
  assert.deepEqual(part.body, second);
  assert.equal(part.response.headers.get('content-range'), 'bytes 70000-119999/120000');
  const head = await ask('HEAD', '?partNumber=1');
  assert.equal(head.headers.get('content-length'), '70000');
  assert.equal(head.headers.get('x-amz-mp-parts-count'), '2');
  assert.equal((await ask('GET', '', 'bytes=120000-')).status, 416);
  await keeping.reset('counts');
  assert.equal((await keeping.stats()).objects, 1);
  assert.deepEqual((await keeping.stats()).requests, {});
  await put('unkept', first);
  assert.equal((await send('GET', 'unkept')).status, 501);
});
