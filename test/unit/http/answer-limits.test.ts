import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerParser, type HttpAnswer } from '../../../src/http/answer-parser.ts';

const MIB = 1024 * 1024;
const TOO_LARGE = { name: 'AnswerTooLargeError', code: 'AnswerTooLarge' };
const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`;
const END = '0\r\n\r\n';

/** What comes of an answer that arrives in pieces of this size. */
function parse(text: string | Buffer, maxBytes?: number, pieceBytes = 64 * 1024): HttpAnswer | undefined {
  const parser = new AnswerParser(false, maxBytes);
  const bytes = Buffer.from(text as string, 'latin1');
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const answer = parser.push(bytes.subarray(at, at + pieceBytes));
    if (answer) return answer;
  }
  return parser.end();
}

const SIZES = [64 * 1024, 1_000] as const;

for (const [what, text] of Object.entries({
  'a head of more than 64 KiB': `${OK}x: ${'y'.repeat(64 * 1024)}\r\n\r\n`,
  'a head that has no end': `${OK}x: ${'y'.repeat(200 * 1024)}`,
  'interim heads of more than 64 KiB together': `${`HTTP/1.1 103 H\r\nx: ${'y'.repeat(1_000)}\r\n\r\n`.repeat(70)}${OK}\r\n`,
  'more than a thousand headers': `${OK}${'x: y\r\n'.repeat(1_001)}\r\n`,
  'more than a hundred interim answers': `${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(101)}${OK}\r\n`,
  'a chunk with a long extension': `${CHUNKED}1;${'x'.repeat(64 * 1024)}\r\nx\r\n${END}`,
  'chunks with extensions that are long together': `${CHUNKED}${`1;${'x'.repeat(100)}\r\nx\r\n`.repeat(650)}${END}`,
  'trailers that are long together': `${CHUNKED}1\r\nx\r\n0\r\n${`x: ${'y'.repeat(1_000)}\r\n`.repeat(70)}\r\n`,
  'a trailer that has no end': `${CHUNKED}1\r\nx\r\n0\r\nx: ${'y'.repeat(200 * 1024)}`,
  'fifteen thousand chunks of a byte': `${CHUNKED}${'1\r\nx\r\n'.repeat(15_000)}${END}`,
  'a million chunks of 40 bytes': Buffer.concat([
    Buffer.from(CHUNKED),
    ...Array(1_000).fill(Buffer.from(`28\r\n${'x'.repeat(40)}\r\n`.repeat(1_000))),
  ]),
  'a body of more than 1 MiB in one chunk': `${CHUNKED}${(MIB + 1).toString(16)}\r\n${'x'.repeat(MIB + 1)}\r\n${END}`,
  'a body of more than 1 MiB in many chunks': `${CHUNKED}${`1000\r\n${'x'.repeat(4096)}\r\n`.repeat(257)}${END}`,
  'a body of more than 1 MiB up to the end of the connection': `${OK}\r\n${'x'.repeat(MIB + 1)}`,
  'a length of more than 1 MiB, of which nothing has come yet': `${OK}content-length: ${MIB + 1}\r\n\r\n`,
})) {
  test(`${what} is no answer to a request for little`, () => {
    for (const size of SIZES) assert.throws(() => parse(text, undefined, size), TOO_LARGE, `${size}`);
  });
}

test('an answer at the limit is accepted', () => {
  const headOf = (bytes: number) => `${OK}x: ${'y'.repeat(bytes - OK.length - 3 - 4)}\r\n\r\n`;
  assert.equal(headOf(64 * 1024).length, 64 * 1024);
  for (const text of [
    headOf(64 * 1024),
    `${OK}${'x: y\r\n'.repeat(1_000)}\r\n`,
    `${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100)}${OK}\r\n`,
    `${CHUNKED}${'1\r\nx\r\n'.repeat(13_000)}${END}`,
    `${OK}content-length: ${MIB}\r\n\r\n${'x'.repeat(MIB)}`,
    `${CHUNKED}${MIB.toString(16)}\r\n${'x'.repeat(MIB)}\r\n${END}`,
    `${OK}\r\n${'x'.repeat(MIB)}`,
  ]) {
    for (const size of SIZES) assert.equal(parse(text, undefined, size)?.status, 200, text.slice(0, 60));
  }
});

test('a body may have the requested length, and arrives unchanged', () => {
  const body = Buffer.from(Array.from({ length: 3 * MIB }, (_, at) => (at * 7) % 251));
  const chunk = (bytes: Buffer) =>
    Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
  const chunks = Array.from({ length: 64 }, (_, n) =>
    chunk(body.subarray((n * body.length) / 64, ((n + 1) * body.length) / 64)),
  );
  for (const bytes of [
    Buffer.concat([Buffer.from(`${OK}content-length: ${body.length}\r\n\r\n`), body]),
    Buffer.concat([Buffer.from(CHUNKED), ...chunks, Buffer.from(END)]),
    Buffer.concat([Buffer.from(`${OK}\r\n`), body]),
  ]) {
    for (const size of [1_000, 64 * 1024, bytes.length]) {
      assert.ok(parse(bytes, body.length, size)?.body.equals(body), `${size}`);
      assert.throws(() => parse(bytes, body.length - 1, size), TOO_LARGE);
    }
  }
});

test('memory grows with the body, and not with the number of its pieces', () => {
  const parser = new AnswerParser(false, 16 * MIB);
  parser.push(Buffer.from(CHUNKED));
  // As small as chunks may be in any number.
  const piece = Buffer.from(`30\r\n${'x'.repeat(48)}\r\n`.repeat(1_000));
  const before = process.memoryUsage();
  let bytes = 0;
  for (; bytes + 48_000 < 16 * MIB; bytes += 48_000) parser.push(piece);
  global.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const grown = heapUsed + external - before.heapUsed - before.external;
  assert.equal(parser.bodyBytes, bytes);
  assert.ok(grown < 100 * MIB, `${Math.round(grown / MIB)} MiB`);
  assert.equal(parser.push(Buffer.from(END))?.body.length, bytes);
});
