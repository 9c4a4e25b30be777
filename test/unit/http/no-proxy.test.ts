import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noProxyRule } from '../../../src/http/no-proxy.ts';

/** Rules of NO_PROXY, what they exempt, and what they do not. */
const RULES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['', [], ['localhost:443', '127.0.0.1:443']],
  ['*', ['s3.example.com:443', '127.0.0.1:80', '[::1]:80'], []],
  ['example.com', ['example.com:443', 's3.example.com:9000'], ['badexample.com:443', 'example.com.org:443']],
  ['.example.com', ['example.com:443', 'a.b.example.com:443'], ['badexample.com:443']],
  ['*.example.com', ['s3.example.com:443'], ['badexample.com:443']],
  ['EXAMPLE.com', ['example.com:443'], []],
  ['example.com:9000', ['s3.example.com:9000'], ['s3.example.com:443']],
  ['localhost, 127.0.0.1 ::1', ['localhost:80', '127.0.0.1:80', '[::1]:80'], ['127.0.0.2:80', '[::2]:80']],
  ['[::1]:80', ['[::1]:80'], ['[::1]:81']],
  ['0:0:0:0:0:0:0:1', ['[::1]:80'], []],
  [
    '10.0.0.0/8,fd00::/8',
    ['10.200.3.4:80', '[fd12::1]:80'],
    ['11.0.0.1:80', '[fe80::1]:80', '10.example.com:80'],
  ],
  ['10.0.0.0/33 10.0.0.0/', [], ['10.0.0.1:80']],
  ['1.2.3.4', ['1.2.3.4:80'], ['5.1.2.3.4.example:80']],
];

for (const [list, exempt, others] of RULES) {
  test(`NO_PROXY=${JSON.stringify(list)} exempts ${exempt.join(', ') || 'nothing'}`, () => {
    const isExempt = noProxyRule(list);
    const originOf = (address: string) => {
      const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
      return { secure: true, host, port: Number(port) };
    };
    for (const address of exempt) assert.equal(isExempt(originOf(address)), true, address);
    for (const address of others) assert.equal(isExempt(originOf(address)), false, address);
  });
}
