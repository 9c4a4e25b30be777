import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { AdaptiveTimeouts } from '../../http/adaptive-timeouts.ts';
import { AnswerBody } from '../../http/answer-body.ts';
import { SMALL_ANSWER_BYTES } from '../../http/answer-parser.ts';
import { LISTING_BYTES } from '../answer-sizes.ts';
import { tooLarge, tooSlow } from './answer-trouble.ts';

/** Pieces of a body that may have any size; more must have at least 64 bytes on average. Each piece takes 4 µs of CPU. */
const FREE_PIECES = 16 * 1024;
const MIN_PIECE_BYTES = 64;

const LISTINGS: ReadonlySet<string> = new Set([
  'ListObjectsV2Command',
  'ListObjectVersionsCommand',
  'ListMultipartUploadsCommand',
  'ListPartsCommand',
]);

/**
 * Limits the size and the time of answers. The SDK itself reads any number of bytes, and keeps a hundred bytes for a piece of
 * one byte. The content of objects is limited by its reader, collectBody.
 */
export function boundAnswers(client: S3Client, patience = new AdaptiveTimeouts()): void {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const result = await next(args);
        const response = result.response as Response;
        if (commandName === 'GetObjectCommand' && response.statusCode < 300) return result;
        response.body = await collectBody(response.body, {
          maxBytes: LISTINGS.has(commandName) ? LISTING_BYTES : SMALL_ANSWER_BYTES,
          patience: commandName === 'CompleteMultipartUploadCommand' ? undefined : patience,
        });
        return result;
      },
    { step: 'deserialize', priority: 'low', name: 'boundAnswers' },
  );
}

interface Response {
  readonly statusCode: number;
  body: NodeJS.ReadableStream | Uint8Array;
}

export interface AnswerBounds {
  readonly maxBytes: number;
  /** Limits the time that the whole body may take; undefined for no limit. */
  readonly patience: AdaptiveTimeouts | undefined;
}

/** @throws AnswerTooLargeError, HttpError `TimeoutError`, or what the stream ends with */
export async function collectBody(
  body: NodeJS.ReadableStream | Uint8Array,
  bounds: AnswerBounds,
): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const whole = new AnswerBody();
  const began = performance.now();
  let pieces = 0;
  const flawWith = (): Error | undefined => {
    const { maxBytes, patience } = bounds;
    if (whole.length > maxBytes) return tooLarge(`the answer has more than ${maxBytes} bytes`);
    if (pieces > FREE_PIECES + whole.length / MIN_PIECE_BYTES)
      return tooLarge('the answer comes in pieces that are too small');
    return patience && performance.now() - began > patience.wholeMs(whole.length) ? tooSlow() : undefined;
  };
  const collector = new Writable({
    write(piece: Uint8Array, _encoding, done) {
      whole.add(piece);
      pieces += 1;
      done(flawWith());
    },
  });
  await pipeline(body, collector);
  const { buffer, byteOffset, length } = whole.whole();
  return new Uint8Array(buffer, byteOffset, length);
}
