import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { openNetwork } from '../../http/network.ts';
import type { EndpointOptions } from '../store-types.ts';
import { asked } from './asked.ts';
import { createClient } from './client.ts';

/**
 * Lists the names of the buckets that the credentials own, with one ListBuckets request. Credentials may use buckets that are
 * not in this list, and may use a bucket without being allowed to list all.
 *
 * @param signal Signal whose abort ends the request.
 * @throws StoreError
 */
export async function bucketNames(options: EndpointOptions, signal: AbortSignal): Promise<string[]> {
  const client = createClient(options, openNetwork(options));
  try {
    const command = new ListBucketsCommand({});
    const { Buckets = [] } = await asked('ListBuckets', () => client.send(command, { abortSignal: signal }));
    return Buckets.flatMap(({ Name }) => Name ?? []);
  } finally {
    client.destroy();
  }
}
