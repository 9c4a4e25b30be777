import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { Hmac256, type SignedRequest, Signer } from '../../../../src/s3/signed-http/sigv4.ts';

const CREDENTIALS = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const TIME = '20130524T000000Z';
const EMPTY = createHash('sha256').digest('hex');

interface Example extends Omit<SignedRequest, 'headers' | 'payloadHash'> {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signature: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
const EXAMPLES: Readonly<Record<string, Example>> = {
  'a GET with a Range': {
    method: 'GET',
    path: '/test.txt',
    query: '',
    headers: { range: 'bytes=0-9' },
    signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  },
  'a PUT': {
    method: 'PUT',
    path: '/test%24file.text',
    query: '',
    headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
    body: 'Welcome to Amazon S3.',
    signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  },
  'a query without a value': {
    method: 'GET',
    path: '/',
    query: 'lifecycle=',
    signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  },
  'a listing': {
    method: 'GET',
    path: '/',
    query: 'max-keys=2&prefix=J',
    signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  },
};

function requestOf({
  method,
  path,
  query,
  headers = {},
  body = '',
}: Omit<Example, 'signature'>): SignedRequest {
  const payloadHash = createHash('sha256').update(body).digest('hex');
  const all = {
    'x-amz-date': TIME,
    host: 'examplebucket.s3.amazonaws.com',
    'x-amz-content-sha256': payloadHash,
    ...headers,
  };
  return { method, path, query, headers: all, payloadHash };
}

function signatureIn(authorization: string): string {
  return /Signature=([0-9a-f]{64})$/.exec(authorization)?.[1] ?? authorization;
}

for (const [what, { signature, ...example }] of Object.entries(EXAMPLES)) {
  test(`signs ${what} as in AWS's example`, () => {
    const authorization = new Signer('us-east-1').sign(requestOf(example), CREDENTIALS, TIME);
    assert.equal(signatureIn(authorization), signature);
  });
}

test('names the scope and the headers in order', () => {
  const request = requestOf(EXAMPLES['a PUT'] as Example);
  assert.equal(
    new Signer('us-east-1').sign(request, CREDENTIALS, TIME).replace(/Signature=.*/, ''),
    'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, ' +
      'SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, ',
  );
});

/** The recipe of the page above, step by step. */
function byRecipe(request: SignedRequest, secret: string, region: string, time: string): string {
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const sorted = Object.entries(request.headers).sort(([a], [b]) => (a < b ? -1 : 1));
  const canonical = [
    request.method,
    request.path,
    request.query,
    ...sorted.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, ' ')}`),
    '',
    sorted.map(([name]) => name).join(';'),
    request.payloadHash,
  ].join('\n');
  const scope = [time.slice(0, 8), region, 's3', 'aws4_request'];
  const digest = createHash('sha256').update(canonical).digest('hex');
  const key = scope.reduce<string | Buffer>((made, part) => hmac(made, part), `AWS4${secret}`);
  return hmac(key, ['AWS4-HMAC-SHA256', time, scope.join('/'), digest].join('\n')).toString('hex');
}

test('signs as the recipe says, whatever day, secret and headers come after each other', () => {
  const time = fc.constantFrom(TIME, '20130524T235959Z', '20130525T000000Z', '20261124T130000Z');
  const name = fc.constantFrom(
    'range',
    'content-md5',
    'x-amz-meta-a',
    'x-amz-meta-a-b',
    'x-amz-meta-aa',
    'zz',
  );
  const value = fc.stringMatching(/^(|[aB7"]|[aB7"][aB7 /=]{0,9}[aB7"])$/);
  const asked = fc.record({
    time,
    secret: fc.constantFrom('one', 'two'),
    headers: fc.dictionary(name, value),
  });
  fc.assert(
    fc.property(
      fc.constantFrom('us-east-1', 'eu-central-1'),
      fc.array(asked, { maxLength: 8 }),
      (region, all) => {
        const signer = new Signer(region);
        for (const { time: at, secret, headers } of all) {
          const request = requestOf({ method: 'PUT', path: '/a', query: '', headers });
          const credentials = { accessKeyId: 'k', secretAccessKey: secret };
          const signed = signatureIn(signer.sign(request, credentials, at));
          assert.equal(signed, byRecipe(request, secret, region, at), JSON.stringify(headers));
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('spaces around a value, which no server sees, are not signed', () => {
  for (const value of [' ', ' a', 'a ', '  a  b  ', '\ta\t']) {
    const request = requestOf({ method: 'PUT', path: '/a', query: '', headers: { 'x-amz-meta-a': value } });
    const signed = signatureIn(new Signer('r').sign(request, CREDENTIALS, TIME));
    assert.equal(signed, byRecipe(request, CREDENTIALS.secretAccessKey, 'r', TIME), JSON.stringify(value));
  }
});

test('the hash of nothing, and HMAC of any text under any key, are those of node:crypto', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.array(fc.string({ unit: 'binary-ascii', maxLength: 512 }), { minLength: 1, maxLength: 5 }),
      (key, texts) => {
        const hmac = new Hmac256(Buffer.from(key));
        for (const text of texts)
          assert.equal(hmac.hex(text), createHmac('sha256', key).update(text).digest('hex'));
      },
    ),
    { numRuns: 300 },
  );
  assert.equal(requestOf({ method: 'GET', path: '/', query: '' }).payloadHash, EMPTY);
});
