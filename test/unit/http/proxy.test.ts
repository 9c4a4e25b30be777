import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameOfProxy, Proxies, proxyVariables } from '../../../src/http/proxy.ts';

const secure = { secure: true, host: 's3.example.com', port: 443 };
const plain = { secure: false, host: 's3.example.com', port: 80 };

test('HTTPS_PROXY leads to https endpoints, HTTP_PROXY to http endpoints, and neither to what NO_PROXY names', () => {
  const proxies = new Proxies({ HTTPS_PROXY: 'http://one:1', HTTP_PROXY: 'two', NO_PROXY: 'localhost' });
  assert.deepEqual(proxies.for(secure), {
    origin: { secure: false, host: 'one', port: 1 },
    authorization: undefined,
  });
  assert.equal(proxies.for(plain)?.origin.host, 'two');
  assert.equal(proxies.for({ ...secure, host: 'localhost' }), undefined);
  assert.equal(new Proxies({ HTTPS_PROXY: 'one' }).for(plain), undefined);
  assert.equal(new Proxies({ HTTPS_PROXY: '', HTTP_PROXY: '' }).for(secure), undefined);
});

test('a proxy is itself reached without one', () => {
  const proxies = new Proxies({ HTTPS_PROXY: 'https://proxy:8443' });
  assert.equal(proxies.for({ secure: true, host: 'proxy', port: 8443 }), undefined);
});

test('variables in lower case win, also with an empty value', () => {
  const env = { https_proxy: '', HTTPS_PROXY: 'one', HTTP_PROXY: 'two', no_proxy: 'a', NO_PROXY: 'b' };
  assert.deepEqual(proxyVariables(env), { HTTPS_PROXY: '', HTTP_PROXY: 'two', NO_PROXY: 'a' });
});

for (const [url, name, pair] of [
  ['http://proxy:3128', 'http://proxy:3128', undefined],
  ['proxy.example.com', 'http://proxy.example.com:80', undefined],
  ['proxy:8080/', 'http://proxy:8080', undefined],
  ['https://proxy', 'https://proxy:443', undefined],
  ['http://[::1]:3128', 'http://[::1]:3128', undefined],
  ['http://user@proxy:1', 'http://proxy:1', 'user:'],
  ['http://user:p%40ss%3Aw%C3%B6rd@proxy:1', 'http://proxy:1', 'user:p@ss:wörd'],
] as const) {
  test(`${url} is the proxy ${name}`, () => {
    const proxy = new Proxies({ HTTPS_PROXY: url }).for(secure);
    assert.ok(proxy);
    assert.equal(nameOfProxy(proxy), name);
    const given = proxy.authorization?.replace('Basic ', '');
    assert.equal(given && Buffer.from(given, 'base64').toString(), pair);
  });
}

for (const url of [
  'socks5://secret@proxy:1',
  'http://',
  'http://a b',
  'http://user:%@secret:1',
  'ftp://secret',
]) {
  test(`${url} is refused, and not shown`, () => {
    assert.throws(
      () => new Proxies({ HTTP_PROXY: url }),
      ({ code, message, hint }: { code: string; message: string; hint: string }) => {
        assert.equal(code, 'BAD_OPTION');
        assert.match(message, /^HTTP_PROXY is set, but/);
        assert.doesNotMatch(message + hint, /secret/);
        return true;
      },
    );
  });
}
