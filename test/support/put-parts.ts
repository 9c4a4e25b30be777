import assert from 'node:assert/strict';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { RestorePlace } from './restore.ts';
import { TEST_BUCKET } from './s3-server.ts';

/** Stores an object in parts of these sizes, as another program would. */
export async function putParts(
  { client }: RestorePlace,
  Key: string,
  bytes: Buffer,
  sizes: readonly number[],
): Promise<void> {
  const Bucket = TEST_BUCKET;
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const Parts = [];
  let start = 0;
  for (const [index, size] of sizes.entries()) {
    const Body = bytes.subarray(start, start + size);
    start += size;
    const part = { Bucket, Key, UploadId, PartNumber: index + 1, Body };
    const { ETag } = await client.send(new UploadPartCommand(part));
    Parts.push({ ETag, PartNumber: index + 1 });
  }
  assert.equal(start, bytes.length);
  const MultipartUpload = { Parts };
  await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
}
