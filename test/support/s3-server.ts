import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type S3Server, type S3ServerOptions, startS3Server } from '../../src/s3-server/index.ts';

/** The bucket that every test server starts with. */
export const TEST_BUCKET = 'test-bucket';

/**
 * Starts an S3 endpoint in a temporary folder for one test, with {@link TEST_BUCKET} and recorded requests.
 * After the test it is closed and its folder removed; the test fails if a planned fault never fired.
 */
export async function useS3Server(t: TestContext, options: Partial<S3ServerOptions> = {}): Promise<S3Server> {
  const temporary = options.directory === undefined ? await mkdtemp(join(tmpdir(), 's3-server-')) : undefined;
  const directory = options.directory ?? temporary ?? '';
  const server = await startS3Server({ buckets: [TEST_BUCKET], recordRequests: true, ...options, directory });
  t.after(async () => {
    await server.close();
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
    server.faults.assertAllFired();
  });
  return server;
}
