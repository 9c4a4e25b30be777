import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import {
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import type { S3Server } from '../../src/s3-server/index.ts';
import { TEST_BUCKET } from './s3-server.ts';

const Bucket = TEST_BUCKET;

/** Settings of a client that sends no checksums but those that a call asks for, as many programs do. */
export const NO_CHECKSUMS: S3ClientConfig = { requestChecksumCalculation: 'WHEN_REQUIRED' };

/** A client that shares nothing with the code under test. The caller closes it. */
export function bucketClient(server: S3Server, config: S3ClientConfig = {}): S3Client {
  const { endpoint, region, accessKeyId, secretAccessKey } = server;
  const credentials = { accessKeyId, secretAccessKey };
  return new S3Client({ endpoint, region, credentials, forcePathStyle: true, ...config });
}

/** The same, closed after the test. */
export function useBucketClient(t: TestContext, server: S3Server, config: S3ClientConfig = {}): S3Client {
  const client = bucketClient(server, config);
  t.after(() => client.destroy());
  return client;
}

/** Every object of the test bucket with its bytes, by its key. */
export async function objectsIn(client: S3Client): Promise<Map<string, Buffer>> {
  const objects = new Map<string, Buffer>();
  for (const Key of await keysIn(client)) objects.set(Key, await bytesOf(client, Key));
  return objects;
}

export async function keysIn(client: S3Client): Promise<string[]> {
  const keys: string[] = [];
  for (let token: string | undefined, more = true; more; more = token !== undefined) {
    const page = await client.send(new ListObjectsV2Command({ Bucket, ContinuationToken: token }));
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
    token = page.NextContinuationToken;
  }
  return keys;
}

export async function bytesOf(client: S3Client, Key: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

/** Keys of multipart uploads that were neither completed nor aborted. */
export async function unfinishedUploads(client: S3Client): Promise<string[]> {
  const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
  return (Uploads ?? []).map(({ Key }) => Key ?? '');
}

/** Keys of all that is in the test bucket, old versions and delete markers included. */
export async function everythingIn(client: S3Client): Promise<string[]> {
  const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
  return [...Versions, ...DeleteMarkers].map(({ Key = '' }) => Key).sort();
}

/** Makes the test bucket keep every version. */
export async function keepVersions(client: S3Client): Promise<void> {
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
}

/** Compares a folder's files with a bucket's objects byte by byte, both ways. */
export function assertSameBytes(objects: Map<string, Buffer>, files: Map<string, Buffer>, prefix = ''): void {
  assert.deepEqual([...objects.keys()].sort(), [...files.keys()].map((path) => prefix + path).sort());
  for (const [path, bytes] of files) {
    assert.ok(objects.get(prefix + path)?.equals(bytes), `the bytes of ${JSON.stringify(path)} differ`);
  }
}

/** The first commandment: what is not here any more is in the bucket, byte for byte. */
export function assertNothingLost(
  before: Map<string, Buffer>,
  after: Map<string, Buffer>,
  objects: Map<string, Buffer>,
  prefix = '',
): void {
  for (const [path, bytes] of before) {
    if (after.get(path)?.equals(bytes)) continue;
    assert.ok(objects.get(prefix + path)?.equals(bytes), `${JSON.stringify(path)} is neither here nor in S3`);
  }
}
