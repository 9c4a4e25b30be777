import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { useCertificate } from '../../support/certificate.ts';
import { answer, useRawServer } from '../../support/raw-server.ts';
import { runScript } from '../../support/run-script.ts';
import { get, usePool } from './requests.ts';

/** Sends bodies of these lengths to each origin, one after the other, and prints what was answered. */
const CLIENT = `
  const { ConnectionPool } = await load('http/connection-pool.ts');
  for (const origin of args[0]) {
    const pool = new ConnectionPool(origin, { limit: 1 });
    for (const length of args[1]) {
      const head = 'PUT / HTTP/1.1\\r\\nhost: x\\r\\ncontent-length: ' + length + '\\r\\n\\r\\n';
      const request = { method: 'PUT', head, body: Buffer.alloc(length, 'seventeen letters') };
      await pool.request(request).then(({ body }) => console.log(body.toString()), ({ code }) => console.log(code));
    }
  }`;

test('an untrusted certificate is refused before anything is sent', async (t) => {
  let hasSent = false;
  const server = await useRawServer(
    t,
    async (peer) => {
      hasSent = (await peer.head()) !== undefined;
    },
    useCertificate(t, 'IP:127.0.0.1'),
  );
  const pool = usePool(t, server.origin);
  await assert.rejects(pool.request(get()), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  await Promise.all(server.peers.map(({ closed }) => closed));
  assert.equal(hasSent, false);
});

test('https to a server that speaks plain HTTP fails', async (t) => {
  const server = await useRawServer(t, (peer) => peer.write(answer(400, 'speak plainly')));
  const pool = usePool(t, { ...server.origin, secure: true });
  await assert.rejects(pool.request(get()), (error) => {
    assert.match((error as { code: string }).code, /^(EPROTO|ERR_SSL_.*)$/);
    return true;
  });
});

test('a connection that ends in the handshake is ECONNRESET', async (t) => {
  const server = await useRawServer(t, (peer) => peer.end());
  const pool = usePool(t, { ...server.origin, secure: true });
  await assert.rejects(pool.request(get()), { code: 'ECONNRESET' });
});

/** Sends bodies of which the answers are there before the socket has said that it has sent them. */
const BUSY_CLIENT = `
  const { ConnectionPool } = await load('http/connection-pool.ts');
  const pool = new ConnectionPool(args[0], { limit: 1 });
  const head = 'PUT / HTTP/1.1\\r\\nhost: x\\r\\ncontent-length: 4096\\r\\n\\r\\n';
  for (let n = 0; n < 5; n += 1) {
    const { status } = await new Promise((resolve, reject) => {
      // Node.js says it in a later round of the event loop than that of an immediate; the answers come in between.
      setImmediate(() => {
        pool.request({ method: 'PUT', head, body: Buffer.alloc(4096) }).then(resolve, reject);
        for (const end = Date.now() + 50; Date.now() < end; );
      });
    });
    console.log(status);
  }`;

test('over TLS a connection is kept when the answer overtakes what the socket says of the body', async (t) => {
  const certificate = useCertificate(t, 'IP:127.0.0.1');
  const server = await useRawServer(
    t,
    async (peer) => {
      while (await peer.request()) peer.write(answer(200));
    },
    certificate,
  );
  const env = { NODE_EXTRA_CA_CERTS: certificate.file };
  const { code, stdout, stderr } = await runScript(t, BUSY_CLIENT, { args: [server.origin], env });
  assert.deepEqual([stdout, code, stderr], ['200\n'.repeat(5), 0, '']);
  assert.equal(server.peers.length, 1);
});

test('over TLS bodies arrive whole, by name or address, the name is told, and sessions are resumed', async (t) => {
  const certificate = useCertificate(t, 'IP:127.0.0.1,DNS:localhost');
  const seen: (readonly [string | false | null, boolean])[] = [];
  const server = await useRawServer(
    t,
    async (peer) => {
      const socket = peer.socket as TLSSocket & { servername: string | false | null };
      seen.push([socket.servername, socket.isSessionReused()]);
      for (let request = await peer.request(); request; request = await peer.request()) {
        const isSmall = request.body.length < 10;
        peer.write(answer(200, hash('md5', request.body, 'hex'), isSmall ? { connection: 'close' } : {}));
      }
    },
    certificate,
  );
  const lengths = [5, 3_000_017, 0];
  const { code, stdout, stderr } = await runScript(t, CLIENT, {
    args: [[server.origin, { ...server.origin, host: 'localhost' }], lengths],
    env: { NODE_EXTRA_CA_CERTS: certificate.file },
  });
  const sums = lengths.map((length) => hash('md5', Buffer.alloc(length, 'seventeen letters'), 'hex'));
  assert.deepEqual([stdout.trim().split('\n'), code, stderr], [[...sums, ...sums], 0, '']);
  assert.deepEqual(seen, [
    [false, false],
    [false, true],
    ['localhost', false],
    ['localhost', true],
  ]);
});

test('a certificate of another host is refused', async (t) => {
  const certificate = useCertificate(t, 'DNS:other.example.com');
  const server = await useRawServer(t, (peer) => void peer.request(), certificate);
  const origins = [server.origin, { ...server.origin, host: 'localhost' }];
  const { stdout } = await runScript(t, CLIENT, {
    args: [origins, [1]],
    env: { NODE_EXTRA_CA_CERTS: certificate.file },
  });
  const refused = 'ERR_TLS_CERT_ALTNAME_INVALID';
  assert.equal(stdout, `${refused}\n${refused}\n`);
});
