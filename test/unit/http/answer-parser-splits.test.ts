import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AnswerParser, type HttpAnswer } from '../../../src/http/answer-parser.ts';
import { HttpSyntaxError } from '../../../src/http/http-error.ts';

/** What was meant, and the bytes that say it. */
interface Sample {
  readonly bytes: Buffer;
  readonly status: number;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly toHead: boolean;
}

const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,11}$/).map((name) => `x-${name}`);
const value = fc.stringMatching(/^[\x21-\x7e]([\x20-\x7e\xa0-\xff]{0,20}[\x21-\x7e])?$/);
const headers = fc.dictionary(token, value, { maxKeys: 5 });
const body = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .string({ unit: fc.constantFrom('\r', '\n', '0', 'a', ':'), maxLength: 60 })
    .map((text) => Buffer.from(text)),
);
const framing = fc.constantFrom('length', 'chunked', 'close', 'none' as const);

const samples: fc.Arbitrary<Sample> = fc
  .record({
    interims: fc.array(headers, { maxLength: 2 }),
    status: fc.integer({ min: 200, max: 599 }).filter((status) => status !== 204 && status !== 304),
    headers,
    body,
    framing,
    chunkSize: fc.integer({ min: 1, max: 50 }),
    extension: fc.constantFrom('', ';a', ' ;a="b;c"', ' '),
    trailer: headers,
    toHead: fc.boolean(),
  })
  .map((made) => {
    const isEmpty = made.toHead || made.framing === 'none';
    const content = Buffer.from(isEmpty ? '' : made.body);
    const status = made.framing === 'none' && !made.toHead ? 204 : made.status;
    const framed: Record<string, string> = {
      ...made.headers,
      ...(made.framing === 'length' && { 'Content-Length': String(made.body.length) }),
      ...(made.framing === 'chunked' && { 'Transfer-Encoding': 'chunked' }),
    };
    const interims = made.interims.map((some) => `HTTP/1.1 103 Hints\r\n${linesOf(some)}\r\n`);
    const head = Buffer.from(
      `${interims.join('')}HTTP/1.1 ${status} Words\r\n${linesOf(framed)}\r\n`,
      'latin1',
    );
    const isChunked = made.framing === 'chunked' && !made.toHead;
    const bytes = Buffer.concat([head, ...(isChunked ? chunksOf(content, made) : [content])]);
    return { bytes, status, body: content, headers: lowered(framed), toHead: made.toHead };
  });

function linesOf(some: Readonly<Record<string, string>>): string {
  return Object.entries(some)
    .map(([name, text]) => `${name}: ${text}\r\n`)
    .join('');
}

function lowered(some: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(some).map(([name, text]) => [name.toLowerCase(), text]));
}

function chunksOf(
  content: Buffer,
  {
    chunkSize,
    extension,
    trailer,
  }: { chunkSize: number; extension: string; trailer: Record<string, string> },
): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < content.length; at += chunkSize) {
    const chunk = content.subarray(at, at + chunkSize);
    pieces.push(Buffer.from(`${chunk.length.toString(16)}${extension}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return [...pieces, Buffer.from(`0${extension}\r\n${linesOf(trailer)}\r\n`, 'latin1')];
}

/** Feeds the bytes in pieces that end at the cuts, then closes; stops at the answer, as a connection does. */
function outcome(bytes: Buffer, cuts: readonly number[], toHead: boolean): HttpAnswer | string {
  const parser = new AnswerParser(toHead);
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let start = 0;
  try {
    for (const end of [...ends, bytes.length]) {
      // A socket's memory may be used for the next read.
      const answer = start < end ? parser.push(Buffer.from(bytes.subarray(start, end))) : undefined;
      if (answer) return answer;
      start = end;
    }
    return parser.end() ?? 'cut short';
  } catch (error) {
    assert.ok(error instanceof HttpSyntaxError, String(error));
    return 'refused';
  }
}

const cuts = fc.array(fc.nat(), { maxLength: 30 });

test('any answer is parsed correctly, wherever it is split', () => {
  fc.assert(
    fc.property(samples, cuts, ({ bytes, toHead, ...meant }, places) => {
      const whole = outcome(bytes, [], toHead);
      assert.ok(typeof whole === 'object', String(whole));
      assert.deepEqual(
        [whole.status, whole.body, Object.fromEntries(whole.headers)],
        [meant.status, meant.body, meant.headers],
      );
      assert.deepEqual(outcome(bytes, places, toHead), whole);
    }),
    { numRuns: 1000 },
  );
});

test('any answer is parsed correctly byte by byte', () => {
  fc.assert(
    fc.property(samples, ({ bytes, toHead }) => {
      const everywhere = Array.from(bytes, (_, at) => at);
      assert.deepEqual(outcome(bytes, everywhere, toHead), outcome(bytes, [], toHead));
    }),
    { numRuns: 100 },
  );
});

test('a damaged answer gives the same result, wherever it is split', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 10, 13, 32, 48, 53, 58, 97, 255)), {
    maxLength: 5,
  });
  fc.assert(
    fc.property(samples, damage, fc.nat(), cuts, ({ bytes, toHead }, changes, length, places) => {
      const damaged = Buffer.from(bytes.subarray(0, length % 2 === 0 ? bytes.length : length % bytes.length));
      for (const [at, byte] of changes) if (damaged.length > 0) damaged[at % damaged.length] = byte;
      assert.deepEqual(outcome(damaged, places, toHead), outcome(damaged, [], toHead));
    }),
    { numRuns: 1000 },
  );
});

test('keeps at most 64 KiB of a head or a line, and of a body as much as its length says', () => {
  const block = Buffer.alloc(64 * 1024, 'x');
  const begun = (text: string) => {
    const parser = new AnswerParser(false, 256 * block.length);
    parser.push(Buffer.from(text));
    return parser;
  };
  const endless = ['HTTP/1.1 200 OK\r\nx: ', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;'];
  for (const text of endless) assert.throws(() => begun(text).push(block), HttpSyntaxError, text);
  assert.throws(() => begun('HTTP/1.1 200 OK\r\ncontent-length: 999999999\r\n\r\n'), HttpSyntaxError);
  for (const framing of ['x: y', 'transfer-encoding: chunked']) {
    const parser = begun(
      `HTTP/1.1 200 OK\r\n${framing}\r\n\r\n${framing.endsWith('chunked') ? 'fffffff\r\n' : ''}`,
    );
    for (let blocks = 0; blocks < 256; blocks += 1) assert.equal(parser.push(block), undefined);
    assert.throws(() => parser.push(block), HttpSyntaxError, framing);
  }
});
