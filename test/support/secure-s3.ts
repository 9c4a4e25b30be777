import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { S3Server } from '../../src/s3-server/index.ts';
import type { Certificate } from './raw-server.ts';

/** TLS in front of the embedded endpoint, which has none of its own. @returns its URL */
export async function useTlsBefore(t: TestContext, server: S3Server, tls: Certificate): Promise<string> {
  const front = createServer(tls, (incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const far = request({ host: '127.0.0.1', port: server.port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    far.on('error', () => outgoing.destroy());
    incoming.pipe(far);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    front.closeAllConnections();
    await new Promise((resolve) => front.close(resolve));
  });
  return `https://127.0.0.1:${(front.address() as AddressInfo).port}`;
}
