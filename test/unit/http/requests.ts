import type { TestContext } from 'node:test';
import type { HttpRequest } from '../../../src/http/connection.ts';
import { ConnectionPool, type PoolOptions } from '../../../src/http/connection-pool.ts';
import type { Origin } from '../../../src/http/origin.ts';

/** A pool that is closed after the test. */
export function usePool(t: TestContext, origin: Origin, options: Partial<PoolOptions> = {}): ConnectionPool {
  const pool = new ConnectionPool(origin, { limit: 4, ...options });
  t.after(() => pool.close());
  return pool;
}

export function get(path = '/', method: HttpRequest['method'] = 'GET'): HttpRequest {
  return { method, head: `${method} ${path} HTTP/1.1\r\nhost: test\r\n\r\n` };
}

export function put(body: Uint8Array, path = '/'): HttpRequest {
  const head = `PUT ${path} HTTP/1.1\r\nhost: test\r\ncontent-length: ${body.length}\r\n\r\n`;
  return { method: 'PUT', head, body };
}
