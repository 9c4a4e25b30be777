import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { Proxies } from '../../../../src/http/proxy.ts';
import { secureContextOf } from '../../../../src/http/trusted-ca.ts';
import { useCertificate } from '../../../support/certificate.ts';
import { answer } from '../../../support/raw-server.ts';
import { endpointAt, put, useRequests, withoutWaiting } from './use-requests.ts';

/** Application data that nobody has encrypted. */
const FORGED = Buffer.concat([Buffer.from([23, 3, 3, 0, 40]), Buffer.alloc(40, 'x')]);

test('an answer over TLS that was damaged on its way is requested again at once', {
  timeout: 20_000,
}, async (t) => {
  withoutWaiting(t);
  const certificate = useCertificate(t, 'IP:127.0.0.1');
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    const isDamaged = connections === 1;
    const secure = createTlsServer(certificate, (peer) => {
      peer.on('error', () => undefined);
      peer.once('data', () => {
        if (isDamaged) socket.write(FORGED);
        else peer.end(answer(200, '', { ETag: '"x"' }));
      });
    });
    secure.on('tlsClientError', () => undefined);
    socket.on('error', () => undefined);
    secure.emit('connection', socket);
    t.after(() => socket.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => void server.close());
  const origin = { secure: true, host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  const network = {
    proxies: new Proxies({}),
    trust: secureContextOf(certificate.file),
    bandwidth: undefined,
  };
  const requests = useRequests(t, endpointAt(origin), { network });
  assert.equal((await requests.send(put())).attempts, 2);
});
