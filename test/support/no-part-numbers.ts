import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { S3Server } from '../../src/s3-server/index.ts';
import { forward } from './policy-server.ts';

/** Stands before an S3 server and refuses to tell of single parts, as some stores do. Its URL. */
export async function useNoPartNumbers(t: TestContext, behind: S3Server): Promise<string> {
  const server = createServer((incoming, answer) => {
    const isAboutPart = incoming.method === 'HEAD' && /[?&]partNumber=/.test(incoming.url ?? '');
    if (isAboutPart) answer.writeHead(501).end();
    else forward(behind, incoming, answer);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
