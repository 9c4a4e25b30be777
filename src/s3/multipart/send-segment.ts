import { createHash } from 'node:crypto';
import { pipeline, Readable, Transform, type TransformCallback } from 'node:stream';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { PartSegment } from './growing-parts.ts';

/** The parts of a whole stream. Each segment adds its own. */
export interface PartsOfStream {
  /** MD5s of the parts, in order. Each is known before the part is sent. */
  readonly md5s: Buffer[];
  /** Sends a part. Resolves to its ETag. */
  readonly send: (number: number, bytes: Buffer) => Promise<string>;
}

/**
 * Sends a segment of a stream in parts. lib-storage cuts the segment and sends several parts at once, by the caller's requests:
 * its own have no MD5, cannot continue an upload whose parts had another size, and are not waited for after a failure. MD5s are
 * computed before lib-storage has the bytes, so S3 refuses a part that lib-storage has cut wrongly.
 *
 * @param chunks The bytes of the segment.
 * @throws what `send` or the stream throws, after all parts in flight have ended
 */
export async function sendSegment(
  chunks: AsyncIterable<Buffer>,
  { partSize, atOnce }: PartSegment,
  { md5s, send }: PartsOfStream,
): Promise<void> {
  const before = md5s.length;
  const body = pipeline(
    Readable.from(chunks, { objectMode: false }),
    new PartMd5s(partSize, md5s),
    () => undefined,
  );
  let failure: unknown;
  const sendPart = async (number: number, bytes: Buffer) => {
    try {
      return { ETag: await send(before + number, bytes) };
    } catch (error) {
      failure ??= error;
      // Ends the other parts' turns, too.
      body.destroy(error as Error);
      throw error;
    }
  };
  const upload = new Upload({
    client: clientThat(sendPart),
    params: { Bucket: 'none', Key: 'none', Body: body },
    partSize,
    queueSize: atOnce,
    leavePartsOnError: true,
  });
  try {
    await upload.done();
  } catch (error) {
    throw failure ?? error;
  }
}

/** A client of lib-storage, which sends nothing but parts, by `sendPart`. The upload is begun and completed by the caller. */
function clientThat(sendPart: (number: number, bytes: Buffer) => Promise<{ ETag: string }>): S3Client {
  const send = async (command: unknown) => {
    if (command instanceof UploadPartCommand) {
      const { PartNumber = 1, Body } = command.input;
      return sendPart(PartNumber, Body as Buffer);
    }
    // A single part.
    if (command instanceof PutObjectCommand) return sendPart(1, command.input.Body as Buffer);
    if (command instanceof CreateMultipartUploadCommand) return { UploadId: 'begun' };
    if (command instanceof CompleteMultipartUploadCommand) return {};
    throw new Error('lib-storage sends a request that it did not send before');
  };
  return Object.create(new S3Client({ region: 'none' }), { send: { value: send } });
}

/** Computes the MD5 of each part of what flows through. */
class PartMd5s extends Transform {
  readonly #partSize: number;
  readonly #md5s: Buffer[];
  #md5 = createHash('md5');
  #filled = 0;

  constructor(partSize: number, md5s: Buffer[]) {
    super();
    this.#partSize = partSize;
    this.#md5s = md5s;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + this.#partSize - this.#filled);
      this.#md5.update(piece);
      at += piece.length;
      this.#filled += piece.length;
      if (this.#filled === this.#partSize) this.#endPart();
    }
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    if (this.#filled > 0) this.#endPart();
    done();
  }

  #endPart(): void {
    this.#md5s.push(this.#md5.digest());
    this.#md5 = createHash('md5');
    this.#filled = 0;
  }
}
