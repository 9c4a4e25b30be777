import { createServer } from 'node:net';

/** Below the ports from which systems choose for outgoing connections: one that is closed for a while stays free. */
const [LOWEST, HIGHEST] = [15_000, 32_000];

/** Finds free ports of 127.0.0.1 that no outgoing connection gets. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
