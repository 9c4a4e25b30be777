import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Bandwidth } from '../../../http/bandwidth.ts';
import { changeLastStep } from './last-step.ts';

/**
 * Sends bodies as fast as the limit allows. Each try gets a stream of its own: the SDK would never retry a request
 * whose body it knows to be a stream.
 */
export function paceBodies(client: S3Client, bandwidth: Bandwidth): void {
  changeLastStep(client, 'paceBodies', ({ body }) =>
    body instanceof Uint8Array && bandwidth.isLimited
      ? { body: Readable.from(pieces(body, bandwidth), { objectMode: false, highWaterMark: 1 }) }
      : undefined,
  );
}

async function* pieces(body: Uint8Array, bandwidth: Bandwidth): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < body.length; ) {
    const length = await bandwidth.take(body.length - at);
    yield body.subarray(at, at + length);
    at += length;
  }
}
