import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import type { Network } from '../../http/network.ts';
import { isAnswerOfS3 } from '../outage.ts';
import { storeErrorFrom, storeErrorOf } from '../store-error.ts';
import type { StoreOptions } from '../store-types.ts';
import { closeIdleSockets, createClient } from './client.ts';

/** Timeout of a probe, in milliseconds: longer than an endpoint needs for one entry of a listing. */
const PROBE_MS = 30_000;
const OPERATION = 'ListObjectsV2';

/**
 * Asks the endpoint once, through a client of its own and so over a new connection.
 *
 * @param client Client whose credentials are used; its idle connections are closed if the endpoint does not answer.
 * @throws StoreError if the endpoint does not answer as S3 does
 */
export async function probeEndpoint(
  client: S3Client,
  options: StoreOptions,
  network: Network,
): Promise<void> {
  const own = createClient({ ...options, connections: 1, maxAttempts: 1 }, network);
  own.config.credentials = client.config.credentials;
  const command = new ListObjectsV2Command({ Bucket: options.bucket, MaxKeys: 1 });
  const abortSignal = AbortSignal.timeout(PROBE_MS);
  try {
    await own.send(command, { abortSignal });
  } catch (error) {
    const text = `no answer for ${PROBE_MS / 1000} s`;
    const failure = abortSignal.aborted
      ? storeErrorOf({ operation: OPERATION, code: 'TimeoutError', text })
      : storeErrorFrom(error, OPERATION);
    if (isAnswerOfS3(failure)) return;
    closeIdleSockets(client);
    throw failure;
  } finally {
    own.destroy();
  }
}
