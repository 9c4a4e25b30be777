import { Writable } from 'node:stream';
import { type CatOptions, cat, type RestoreReport } from '../../src/index.ts';
import type { S3Server } from '../../src/s3-server/index.ts';
import { optionsFor } from './run.ts';

/** Keeps what is written to it. */
export class Collected extends Writable {
  readonly #chunks: Buffer[] = [];

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // A copy: the writer may use the memory again.
    this.#chunks.push(Buffer.from(chunk));
    done();
  }
}

export interface Written {
  readonly report: RestoreReport;
  /** What was written to the output. */
  readonly bytes: Buffer;
  /** What became of each object: `etag-md5`, or its code. */
  readonly ends: Record<string, string | null>;
}

/** What reaches the bucket of an endpoint. */
type Reach = Pick<CatOptions, 'bucket' | 'endpointUrl' | 'region' | 'credentials'>;

export function reachOf(server: S3Server): Reach {
  const { bucket, endpointUrl, region, credentials } = optionsFor(server, '');
  return { bucket, endpointUrl, region, credentials };
}

/** Writes objects to memory. */
export async function catFrom(
  reach: Reach,
  more: Partial<CatOptions>,
  output = new Collected(),
): Promise<Written> {
  const report = await cat({ maxAttempts: 3, maxOutageSeconds: 20, ...reach, output, ...more });
  const ends = Object.fromEntries(
    report.files.map(({ key, path, code, proof }) => [key ?? path, code ?? proof]),
  );
  return { report, bytes: output.bytes, ends };
}
