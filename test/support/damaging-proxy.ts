import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface DamagingProxy {
  readonly url: string;
  /** How many bodies were damaged. */
  damaged(): number;
}

/**
 * Stands before an S3 server and changes the first byte of objects' bodies: of those answers that are chosen, counted from
 * 0. Each is damaged in another way.
 */
export async function useDamagingProxy(
  t: TestContext,
  { endpoint }: { readonly endpoint: string },
  isChosen: (answer: number) => boolean,
): Promise<DamagingProxy> {
  const { hostname, port } = new URL(endpoint);
  let bodies = 0;
  let damaged = 0;
  const server = createServer(({ method, url: path = '', rawHeaders }, answer) => {
    const onward = request({ hostname, port, method, path, headers: rawHeaders as never }, (back) => {
      answer.writeHead(back.statusCode ?? 500, back.rawHeaders as never);
      const isBody = method === 'GET' && !/[?&](list-type|prefix)=/.test(path);
      const isDamaged = isBody && isChosen(bodies);
      if (isBody) bodies += 1;
      if (isDamaged) {
        damaged += 1;
        const change = damaged;
        back.once('data', (chunk: Buffer) => {
          chunk[0] = ((chunk[0] ?? 0) + change) % 256;
        });
      }
      back.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    onward.end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    damaged: () => damaged,
  };
}
