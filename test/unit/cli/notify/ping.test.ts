import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pingOf } from '../../../../src/cli/notify/ping.ts';

const RUN = '123e4567-e89b-12d3-a456-426614174000';

test('the signal stands behind the path, and the run id in the query, whatever the URL looks like', () => {
  for (const [url, signal, expected] of [
    ['https://hc-ping.com/abc', 'start', `https://hc-ping.com/abc/start?rid=${RUN}`],
    ['https://hc-ping.com/abc', 0, `https://hc-ping.com/abc?rid=${RUN}`],
    ['https://hc-ping.com/abc/', 2, `https://hc-ping.com/abc/2?rid=${RUN}`],
    [
      'https://me:pw@hc.example/ping/key/slug?create=1',
      130,
      `https://me:pw@hc.example/ping/key/slug/130?create=1&rid=${RUN}`,
    ],
  ] as const)
    assert.equal(pingOf(url, signal, RUN, '').url, expected);
});

test('an answer that says that the ping does not count is a failure', () => {
  const { flaw } = pingOf('https://hc-ping.com/abc', 0, RUN, '');
  assert.equal(flaw?.('OK (rate limited)'), 'the answer is "OK (rate limited)"');
  assert.deepEqual(
    [flaw?.('OK'), flaw?.('<html>OK (x)</html>'), flaw?.('')],
    [undefined, undefined, undefined],
  );
});
