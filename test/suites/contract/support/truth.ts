import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { StoreError } from '../../../../src/s3/store-error.ts';
import { PART, type Target } from './target.ts';

/** What is in the bucket by the word of a client that shares nothing with the code under test. */
export async function bytesAt({ client, bucket: Bucket }: Target, Key: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  const { buffer, byteOffset, byteLength } = (await Body?.transformToByteArray()) ?? new Uint8Array();
  return Buffer.from(buffer, byteOffset, byteLength);
}

export async function headOf({ client, bucket: Bucket }: Target, Key: string) {
  return client.send(new HeadObjectCommand({ Bucket, Key }));
}

/** Sorted as JavaScript sorts. */
export async function keysIn({ client, bucket: Bucket }: Target): Promise<string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url' }));
  return Contents.map(({ Key = '' }) => decodeURIComponent(Key.replaceAll('+', ' '))).sort();
}

export async function assertHolds(target: Target, key: string, expected: Buffer): Promise<void> {
  const found = await bytesAt(target, key);
  assert.ok(
    found.equals(expected),
    `${JSON.stringify(key)}: ${found.length} bytes, not those that were sent`,
  );
}

/** Keys of uploads in parts that were neither completed nor aborted. */
export async function unfinishedIn({ client, bucket: Bucket }: Target): Promise<string[]> {
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
  return Uploads.map(({ Key = '' }) => Key);
}

/** Neither an object nor an upload that waits for its end. */
export async function assertNothingLeft(target: Target): Promise<void> {
  assert.deepEqual([await unfinishedIn(target), await keysIn(target)], [[], []]);
}

export function md5Of(bytes: Buffer | string): string {
  return createHash('md5').update(bytes).digest('hex');
}

/** S3's ETag of a multipart upload. */
export function partsEtagOf(bytes: Buffer): string {
  const md5s: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += PART) {
    md5s.push(
      createHash('md5')
        .update(bytes.subarray(at, at + PART))
        .digest(),
    );
  }
  return `${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-${md5s.length}`;
}

/** The StoreError that a call ends with. */
export async function storeErrorOf(call: Promise<unknown>): Promise<StoreError> {
  const error = await call.then(
    () => assert.fail('it succeeded'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof StoreError)) throw error;
  return error;
}

/** `404 NoSuchKey`, or `ok`. */
export async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return `${error.status ?? 'no answer'} ${error.code}`;
  }
}
