import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { Credentials, StoreOptions } from '../../../../src/s3/store.ts';
import type { S3Server, S3ServerOptions } from '../../../../src/s3-server/index.ts';
import { MIB } from '../../../support/run.ts';
import { TEST_BUCKET, useS3Server } from '../../../support/s3-server.ts';
import { removeBucket } from './remove-bucket.ts';

/** The store that the contract is tried on, and one bucket of it that is empty and nobody else's. */
export interface Target {
  /** The embedded endpoint; undefined on a real store. */
  readonly server: S3Server | undefined;
  readonly bucket: string;
  readonly endpointUrl: string;
  readonly region: string;
  readonly credentials: Credentials;
  /** What a `Store` needs to reach the bucket, with the least parts that S3 takes. */
  readonly options: StoreOptions;
  /** A client that shares nothing with the code under test. */
  readonly client: S3Client;
}

/** Set where the contract is tried on a real store: its URL. Key, secret and region are in AWS's own variables. */
export const REAL_ENDPOINT: string | undefined = process.env.S3_TEST_ENDPOINT || undefined;

/** Real stores take no smaller ones; the embedded endpoint is told to, which makes the tests several times as fast. */
export const PART = REAL_ENDPOINT === undefined ? MIB : 5 * MIB;

/** The least that a whole run can be told to send. */
export const RUN_PART = 5 * MIB;

/** A bucket for one test, which is removed after it with everything in it. */
export function useTarget(t: TestContext, options: Partial<S3ServerOptions> = {}): Promise<Target> {
  return REAL_ENDPOINT === undefined ? useEmbedded(t, options) : useReal(t, REAL_ENDPOINT);
}

async function useEmbedded(t: TestContext, options: Partial<S3ServerOptions>): Promise<Target> {
  const server = await useS3Server(t, { minPartBytes: PART, ...options });
  const { endpoint: endpointUrl, region, accessKeyId, secretAccessKey } = server;
  const { sessionToken } = options;
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
  const target = targetOf({ server, bucket: TEST_BUCKET, endpointUrl, region, credentials });
  t.after(() => target.client.destroy());
  return target;
}

async function useReal(t: TestContext, endpointUrl: string): Promise<Target> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
  const { AWS_SESSION_TOKEN: sessionToken, AWS_REGION: region = 'us-east-1' } = process.env;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new Error('S3_TEST_ENDPOINT is set, but not AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  }
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
  const bucket = `s3-backup-contract-${randomUUID()}`;
  const target = targetOf({ server: undefined, bucket, endpointUrl, region, credentials });
  t.after(async () => {
    await removeBucket(target.client, bucket);
    target.client.destroy();
  });
  await target.client.send(new CreateBucketCommand({ Bucket: bucket }));
  return target;
}

function targetOf(place: Omit<Target, 'options' | 'client'>): Target {
  const { bucket, endpointUrl, region, credentials } = place;
  const client = new S3Client({
    endpoint: endpointUrl,
    region,
    credentials: credentials as { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const address = { bucket, endpointUrl, region, credentials };
  // One look is enough after a lost completion, unless a test says otherwise.
  const options = { ...address, partSizeBytes: PART, completionLookSeconds: 0 };
  return { ...place, client, options };
}
