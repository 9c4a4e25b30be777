import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { type Network, openNetwork } from '../../../src/http/network.ts';
import { useCertificate } from '../../support/certificate.ts';
import { useProxy } from '../../support/proxy.ts';
import { answer, type Peer, useAnswers, useRawServer } from '../../support/raw-server.ts';
import { runScript } from '../../support/run-script.ts';
import { get, usePool } from './requests.ts';

/** Never reached: the proxies here open no tunnel. */
const TARGET = { secure: true, host: 's3.example.com', port: 443 };

function through({ port }: { readonly port: number }): Network {
  return openNetwork({ proxies: { HTTPS_PROXY: `http://127.0.0.1:${port}` } });
}

const NO_TUNNEL: Readonly<Record<string, readonly [(peer: Peer) => void | Promise<void>, string]>> = {
  'refuses it': [(peer) => peer.write(answer(403, 'no')), 'ProxyRefused'],
  'wants to know who asks': [(peer) => peer.write(answer(407, 'who?')), 'ProxyRefused'],
  'does not get there': [(peer) => peer.write(answer(504)), 'ECONNREFUSED'],
  'has too much to do': [(peer) => peer.write(answer(429)), 'ECONNREFUSED'],
  'has waited too long': [(peer) => peer.write(answer(408)), 'ECONNREFUSED'],
  'hangs up': [(peer) => peer.end(), 'ECONNRESET'],
  'is cut off': [(peer) => peer.reset(), 'ECONNRESET'],
  'speaks something else': [(peer) => peer.write('SSH-2.0-OpenSSH_9.6\r\n\r\n'), 'NotHttp'],
  'says more than that it is open': [
    (peer) => peer.write('HTTP/1.1 200 OK\r\n\r\nand hello from me'),
    'ProxyRefused',
  ],
  'takes its time and then hangs up': [
    async (peer) => {
      await peer.trickle('HTTP/1.1 200');
      peer.end();
    },
    'ECONNRESET',
  ],
};

for (const [what, [serve, code]] of Object.entries(NO_TUNNEL)) {
  test(`a proxy that ${what}: ${code}`, async (t) => {
    const proxy = await useRawServer(t, async (peer) => {
      await peer.head();
      await serve(peer);
    });
    const pool = usePool(t, TARGET, { network: through(proxy) });
    await assert.rejects(pool.request(get()), { code });
    await Promise.all(proxy.peers.map(({ closed }) => closed));
  });
}

test('a proxy is told name and port, and nothing of the request', async (t) => {
  const proxy = await useAnswers(t, () => answer(503));
  const pool = usePool(t, { ...TARGET, host: '::1' }, { network: through(proxy) });
  await assert.rejects(pool.request({ method: 'GET', head: 'GET /secret HTTP/1.1\r\nhost: secret\r\n\r\n' }));
  const [request] = proxy.requests;
  assert.deepEqual([request?.line, request?.headers], ['CONNECT [::1]:443 HTTP/1.1', { host: '[::1]:443' }]);
});

test('the answer of a proxy may come in pieces, with interim ones before', async (t) => {
  const proxy = await useRawServer(t, async (peer) => {
    await peer.head();
    await peer.trickle('HTTP/1.1 103 Hm\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n');
    // What follows is the client's part of a handshake.
    await peer.head();
  });
  const pool = usePool(t, TARGET, { network: through(proxy) });
  const ended = assert.rejects(pool.request(get()), { code: 'ECONNRESET' });
  while ((proxy.peers[0]?.socket.bytesRead ?? 0) < 300) await sleep(2);
  proxy.peers[0]?.socket.destroy();
  await ended;
});

test('an abort while a tunnel is opened ends the request and the connection', async (t) => {
  const proxy = await useRawServer(t, async (peer) => void (await peer.head()));
  const stop = new AbortController();
  const pool = usePool(t, TARGET, { network: through(proxy), signal: stop.signal });
  const ended = assert.rejects(pool.request(get()), { code: 'AbortError' });
  while (proxy.peers.length === 0) await sleep(2);
  stop.abort();
  await ended;
  await proxy.peers[0]?.closed;
});

test('a tunnel is kept for the next request, does not keep the process, and its session is resumed', async (t) => {
  const certificate = useCertificate(t, 'DNS:localhost');
  const resumed: boolean[] = [];
  const server = await useRawServer(
    t,
    async (peer) => {
      resumed.push((peer.socket as TLSSocket).isSessionReused());
      peer.write(answer(200, (await peer.head())?.line, { connection: 'close' }));
    },
    certificate,
  );
  const kept = await useAnswers(t, ({ line }) => answer(200, line), certificate);
  const proxy = await useProxy(t);
  const { code, stdout, stderr } = await runScript(
    t,
    `const { ConnectionPool } = await load('http/connection-pool.ts');
    const { openNetwork } = await load('http/network.ts');
    const network = openNetwork({ proxies: { HTTPS_PROXY: args[0] }, caBundle: args[2] });
    for (const origin of args[1]) {
      const pool = new ConnectionPool(origin, { limit: 1, network });
      for (const path of ['/1', '/2', '/3']) {
        const { body } = await pool.request({ method: 'GET', head: 'GET ' + path + ' HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n' });
        console.log(body.toString());
      }
    }`,
    {
      args: [
        proxy.address,
        [server, kept].map(({ origin }) => ({ ...origin, host: 'localhost' })),
        certificate.file,
      ],
    },
  );
  const lines = ['GET /1 HTTP/1.1', 'GET /2 HTTP/1.1', 'GET /3 HTTP/1.1'];
  assert.deepEqual([stdout.trim().split('\n'), code, stderr], [[...lines, ...lines], 0, '']);
  assert.deepEqual(resumed, [false, true, true]);
  assert.deepEqual(proxy.asked, [
    ...Array(3).fill(`CONNECT localhost:${server.port}`),
    `CONNECT localhost:${kept.port}`,
  ]);
});
