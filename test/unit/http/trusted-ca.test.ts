import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { secureContextOf } from '../../../src/http/trusted-ca.ts';
import { useCertificate } from '../../support/certificate.ts';
import { answer, useAnswers } from '../../support/raw-server.ts';
import { runScript } from '../../support/run-script.ts';
import { useFolder } from '../../support/tree.ts';

const [BEGIN, END] = ['-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----'];

for (const [what, text, trouble] of [
  ['without a certificate', 'hello', /holds no certificate/],
  ['that is empty', '', /holds no certificate/],
  [
    'with a key only',
    '-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n',
    /holds no certificate/,
  ],
  ['with half a certificate', `${BEGIN}\nMIIB\n`, /holds no certificate/],
  ['with something else in a certificate', `${BEGIN}\naGVsbG8=\n${END}\n`, /holds something else/],
] as const) {
  test(`a CA bundle ${what} is BAD_OPTION and named`, (t) => {
    const file = join(useFolder(t), 'bundle.pem');
    writeFileSync(file, text);
    assert.throws(
      () => secureContextOf(file),
      ({ code, message }: { code: string; message: string }) => {
        assert.equal(code, 'BAD_OPTION');
        assert.match(message, trouble);
        assert.ok(message.includes(file), message);
        return true;
      },
    );
  });
}

test('a CA bundle that is a folder, or is not there, is BAD_OPTION', (t) => {
  const folder = useFolder(t);
  mkdirSync(join(folder, 'folder'));
  for (const [name, reason] of [
    ['folder', /folder" is a folder, not a file/],
    ['missing', /cannot be read \(ENOENT/],
  ] as const) {
    assert.throws(() => secureContextOf(join(folder, name)), { code: 'BAD_OPTION', message: reason });
  }
});

test('a CA bundle that is no regular file, or has more than 8 MiB, is BAD_OPTION', {
  skip: process.platform === 'win32' && 'Windows has no such files',
}, (t) => {
  const folder = useFolder(t);
  const [pipe, large, link] = ['pipe', 'large', 'link'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  execFileSync('mkfifo', [pipe]);
  writeFileSync(large, '');
  truncateSync(large, 8 * 1024 ** 2 + 1);
  symlinkSync('/dev/zero', link);
  for (const [file, reason] of [
    [pipe, /pipe" is not a regular file \(pipes and devices are not read\)\.$/],
    [link, /link" is not a regular file \(pipes and devices are not read\)\.$/],
    [large, /large" is larger than 8 MiB; this is not a CA bundle\.$/],
  ] as const) {
    assert.throws(() => secureContextOf(file), { code: 'BAD_OPTION', message: reason });
  }
});

test('the CA bundle is trusted beside that of NODE_EXTRA_CA_CERTS, and no other', async (t) => {
  const [one, two, three] = [1, 2, 3].map(() => useCertificate(t, 'IP:127.0.0.1'));
  assert.ok(one && two && three);
  const servers = await Promise.all(
    [one, two, three].map((tls) => useAnswers(t, () => answer(200, 'yes'), tls)),
  );
  const { stdout, stderr } = await runScript(
    t,
    `const { ConnectionPool } = await load('http/connection-pool.ts');
    const { openNetwork } = await load('http/network.ts');
    const network = openNetwork({ proxies: {}, caBundle: args[1] });
    for (const origin of args[0]) {
      const pool = new ConnectionPool(origin, { limit: 1, network });
      const answer = pool.request({ method: 'GET', head: 'GET / HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n' });
      await answer.then(({ body }) => console.log(body.toString()), ({ code }) => console.log(code));
    }`,
    { args: [servers.map(({ origin }) => origin), one.file], env: { NODE_EXTRA_CA_CERTS: two.file } },
  );
  assert.deepEqual([stdout, stderr], ['yes\nyes\nDEPTH_ZERO_SELF_SIGNED_CERT\n', '']);
});
