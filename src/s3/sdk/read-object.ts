import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetObjectCommand,
  type GetObjectCommandInput,
  type GetObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { AdaptiveTimeouts } from '../../http/adaptive-timeouts.ts';
import { bytesOfRead } from '../answer-sizes.ts';
import { unquoted } from '../answers.ts';
import { etagIsDigest, flawOfRead, sizeOfObject } from '../object-bytes.ts';
import { delayBefore } from '../retry.ts';
import { storeErrorOf } from '../store-error.ts';
import type { ByteRange, ObjectBytes } from '../store-types.ts';
import { collectBody } from './bounded-answers.ts';

export interface ReadOptions {
  readonly maxAttempts: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads an object, or a range of it, into memory. The SDK retries failures up to the head of the answer; this function
 * retries if bytes are missing, or other bytes than requested arrive.
 *
 * @throws StoreError, or an error of the SDK
 */
export async function readObject(
  client: S3Client,
  address: GetObjectCommandInput,
  range: ByteRange | undefined,
  { maxAttempts, signal }: ReadOptions,
): Promise<ObjectBytes> {
  const input = range ? { ...address, Range: `bytes=${range.start}-${range.end - 1}` } : address;
  for (let attempt = 1; ; attempt += 1) {
    const answer = await client.send(new GetObjectCommand(input), signal && { abortSignal: signal });
    try {
      return await finish(answer, range, attempt);
    } catch (error) {
      if (attempt >= maxAttempts || signal?.aborted) throw error;
    }
    await sleep(delayBefore(attempt), undefined, signal && { signal }).catch(() => undefined);
  }
}

async function finish(
  answer: GetObjectCommandOutput,
  range: ByteRange | undefined,
  attempts: number,
): Promise<ObjectBytes> {
  const bytes = await bytesIn(answer, range);
  const etag = unquoted(answer.ETag);
  const came = { etag, contentRange: answer.ContentRange, length: bytes.length };
  const flaw = flawOfRead(came, range);
  if (flaw !== undefined) throw storeErrorOf({ operation: 'GetObject', code: 'NotS3', text: flaw, attempts });
  return {
    bytes,
    length: bytes.length,
    size: sizeOfObject(came),
    etag,
    versionId: answer.VersionId,
    checksums: {},
    metadata: answer.Metadata ?? {},
    etagIsDigest: etagIsDigest(answer.ServerSideEncryption, answer.SSECustomerAlgorithm),
  };
}

async function bytesIn({ Body }: GetObjectCommandOutput, range: ByteRange | undefined): Promise<Buffer> {
  const bounds = { maxBytes: bytesOfRead(range), patience: new AdaptiveTimeouts() };
  const body = await collectBody((Body as NodeJS.ReadableStream | undefined) ?? new Uint8Array(), bounds);
  return Buffer.from(body.buffer, body.byteOffset, body.length);
}
