import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerParser, type HttpAnswer } from '../../../src/http/answer-parser.ts';
import { HttpSyntaxError } from '../../../src/http/http-error.ts';

/** What comes of an answer that arrives at once, after which the connection stays open. */
function parse(text: string, toHead = false): HttpAnswer | undefined {
  return new AnswerParser(toHead).push(Buffer.from(text, 'latin1'));
}

function body(answer: HttpAnswer | undefined): string | undefined {
  return answer?.body.toString('latin1');
}

function refuses(text: string): void {
  assert.throws(() => parse(text), HttpSyntaxError, JSON.stringify(text));
}

test('reads status, headers and a body of a given length', () => {
  const answer = parse('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag:"x"\r\nX-Empty:\r\n\r\nhello');
  assert.ok(answer);
  assert.deepEqual([answer.status, body(answer), answer.keepsAlive], [200, 'hello', true]);
  assert.deepEqual(Object.fromEntries(answer.headers), { 'content-length': '5', etag: '"x"', 'x-empty': '' });
});

test('needs neither a reason nor headers', () => {
  for (const text of ['HTTP/1.1 204\r\n\r\n', 'HTTP/1.1 204 \r\n\r\n', 'HTTP/1.1 204 No Content\r\n\r\n'])
    assert.equal(parse(text)?.status, 204, text);
});

test('joins the chunks of a body, whatever their extensions, digits and trailers', () => {
  const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n';
  assert.equal(body(parse(`${head}0\r\n\r\n`)), '');
  assert.equal(body(parse(`${head}5\r\nhello\r\n0\r\n\r\n`)), 'hello');
  assert.equal(
    body(parse(`${head}5;a="b"\r\nhello\r\n00a \r\n, \r\n\r\n0\r\n\r\r\n0\r\nx-sum: 1\r\ny: 2\r\n\r\n`)),
    'hello, \r\n\r\n0\r\n\r',
  );
  assert.equal(body(parse(`${head}A\r\n0123456789\r\n0\r\n\r\n`)), '0123456789');
});

test('a receiver takes the body piece by piece, whatever its framing, and the answer holds none of it', () => {
  const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n';
  for (const text of ['HTTP/1.1 206 Some\r\ncontent-length: 5\r\n\r\nhello', chunked]) {
    const taken: [string, number][] = [];
    const chosen: number[] = [];
    const parser = new AnswerParser(false, 5, ({ status }) => {
      chosen.push(status);
      return {
        receive: (piece, at) => {
          taken.push([piece.toString(), at]);
          return undefined;
        },
      };
    });
    let answer: HttpAnswer | undefined;
    for (let at = 0; at < text.length; at += 2) answer = parser.push(Buffer.from(text.slice(at, at + 2)));
    assert.deepEqual([answer?.body.length, answer?.bodyBytes, chosen.length], [0, 5, 1]);
    assert.equal(taken.map(([piece]) => piece).join(''), 'hello');
    let length = 0;
    for (const [piece, at] of taken) {
      assert.equal(at, length);
      length += piece.length;
    }
  }
});

test('the memory of a receiver takes bytes of its body only, at most those that are missing', () => {
  const memory = Buffer.alloc(8);
  const receiver = { receive: () => undefined, memoryAt: (at: number) => memory.subarray(at) };
  const parser = new AnswerParser(false, 8, () => receiver);
  const lengths = ['HTTP/1.1 200 OK\r\ncontent-le', 'ngth: 5\r\n\r\nh', 'el', 'lo'].map((text) => {
    const length = parser.memory?.length;
    parser.push(Buffer.from(text));
    return length;
  });
  assert.deepEqual([...lengths, parser.memory], [undefined, undefined, 4, 2, undefined]);
  const chunked = new AnswerParser(false, 8, () => receiver);
  chunked.push(Buffer.from('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nh'));
  assert.equal(chunked.memory, undefined);
  const full = new AnswerParser(false, 8, () => ({ ...receiver, memoryAt: () => memory.subarray(8) }));
  full.push(Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n'));
  assert.equal(full.memory, undefined);
});

test('without a receiver for its head, an answer holds its body', () => {
  const answer = new AnswerParser(false, 5, () => undefined).push(
    Buffer.from('HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\ngone'),
  );
  assert.deepEqual([body(answer), answer?.bodyBytes], ['gone', 4]);
});

test('an answer with both lengths and chunks is read by its chunks', () => {
  const text =
    'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n';
  assert.equal(body(parse(text)), 'abc');
});

test('waits for the rest', () => {
  const complete = [
    'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx: y\r\n\r\n',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
  ];
  for (const text of complete) {
    assert.ok(parse(text));
    for (let end = 0; end < text.length; end += 1) {
      const parser = new AnswerParser(false);
      assert.equal(parser.push(Buffer.from(text.slice(0, end))), undefined, text.slice(0, end));
      assert.equal(parser.end(), undefined, `cut short: ${text.slice(0, end)}`);
    }
  }
});

test('a body without any length ends with the connection', () => {
  const parser = new AnswerParser(false);
  assert.equal(parser.push(Buffer.from('HTTP/1.1 200 OK\r\n\r\nso ')), undefined);
  assert.equal(parser.push(Buffer.from('far')), undefined);
  const answer = parser.end();
  assert.deepEqual([body(answer), answer?.keepsAlive], ['so far', false]);
});

test('without any bytes there is no answer, and nothing has begun', () => {
  const parser = new AnswerParser(false);
  assert.deepEqual([parser.begun, parser.end()], [false, undefined]);
  parser.push(Buffer.from('H'));
  assert.deepEqual([parser.begun, parser.end()], [true, undefined]);
});

test('answers to HEAD, 204 and 304 have no body, whatever their headers say', () => {
  for (const header of ['content-length: 1000', 'transfer-encoding: chunked', 'x: y']) {
    for (const [status, toHead] of [
      [200, true],
      [404, true],
      [204, false],
      [304, false],
    ] as const) {
      const answer = parse(`HTTP/1.1 ${status} Words\r\n${header}\r\n\r\n`, toHead);
      assert.deepEqual([answer?.status, body(answer), answer?.keepsAlive], [status, '', true]);
    }
  }
});

test('interim answers are skipped', () => {
  const interim =
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\nconnection: close\r\n\r\n';
  const answer = parse(`${interim}${interim}HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx`);
  assert.deepEqual([answer?.status, body(answer), answer?.keepsAlive], [200, 'x', true]);
  assert.equal(answer?.headers.has('link'), false);
});

test('knows whether the connection can carry another request', () => {
  const keeps = (version: string, connection: string) =>
    parse(`HTTP/${version} 200 OK\r\n${connection}content-length: 0\r\n\r\n`)?.keepsAlive;
  assert.equal(keeps('1.1', ''), true);
  assert.equal(keeps('1.1', 'Connection: Keep-Alive\r\n'), true);
  assert.equal(keeps('1.1', 'Connection: Close\r\n'), false);
  assert.equal(keeps('1.1', 'connection: upgrade, close\r\n'), false);
  assert.equal(keeps('1.0', ''), false);
  assert.equal(keeps('1.0', 'Connection: Keep-Alive\r\n'), true);
});

test('counts what came after the answer', () => {
  for (const [text, surplus] of [
    ['HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx', 0],
    ['HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nxyz', 2],
    ['HTTP/1.1 204 OK\r\n\r\nHTTP', 4],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n\r\n', 2],
  ] as const) {
    const parser = new AnswerParser(false);
    assert.ok(parser.push(Buffer.from(text)));
    assert.equal(parser.surplus, surplus, text);
  }
});

test('refuses what is not HTTP/1.1', () => {
  for (const line of [
    '',
    'SSH-2.0-OpenSSH_9.6',
    'HTTP/2 200 OK',
    'HTTP/1.2 200 OK',
    'HTTP/1.1 20 OK',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1 099 OK',
    'http/1.1 200 OK',
    ' HTTP/1.1 200 OK',
  ])
    refuses(`${line}\r\n\r\n`);
  refuses('\x15\x03\x03\x00\x02\x02\x46\r\n\r\n');
});

test('refuses headers without a name, and invalid or contradictory lengths', () => {
  for (const header of [
    'no colon',
    ': x',
    'content-length: -1',
    'content-length: 1e3',
    'content-length: 0x10',
    'content-length: ',
    'content-length: 1, 1',
    'content-length: 1234567890123456',
    'content-length: 1\r\ncontent-length: 2',
    'transfer-encoding: gzip, chunked',
    'transfer-encoding: identity',
  ])
    refuses(`HTTP/1.1 200 OK\r\n${header}\r\n\r\n`);
  assert.equal(body(parse('HTTP/1.1 200 OK\r\ncontent-length: 1\r\nContent-Length: 1\r\n\r\nx')), 'x');
});

test('refuses chunks without a size', () => {
  for (const chunks of [
    '\r\n',
    'x\r\n',
    '-1\r\n',
    '5 5\r\n',
    '123456789\r\n',
    '0x5\r\nhello\r\n',
    '5\r\nhello\r\nz\r\n',
  ])
    refuses(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunks}`);
});

test('refuses a chunk that is longer than it says, whatever follows it', () => {
  const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
  refuses(`${head}5\r\nhello, world\r\n0\r\n\r\n`);
  refuses(`${head}5\r\nhello0\r\n\r\n`);
  refuses(`${head}5\r\nhello\r\n\r\n\r\n0\r\n\r\n`);
});
