import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Server } from '../../src/s3-server/index.ts';
import { digest } from './ledger.ts';

export const BUCKET = 'bench-bucket';

/** The bench's own way to the bucket: another writer before and during a run, the ledger's reader after it. */
export class BenchBucket {
  readonly #client: S3Client;

  constructor({ endpoint, region, accessKeyId, secretAccessKey }: S3Server) {
    const credentials = { accessKeyId, secretAccessKey };
    // What a damaged object holds is for the ledger to judge.
    const responseChecksumValidation = 'WHEN_REQUIRED';
    const address = { endpoint, region, forcePathStyle: true };
    this.#client = new S3Client({ ...address, credentials, responseChecksumValidation });
  }

  async put(Key: string, Body: Buffer, Metadata: Record<string, string> = {}): Promise<void> {
    await this.#client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body, Metadata }));
  }

  /** The digest of every object, by its key. */
  async digests(): Promise<Map<string, string>> {
    const digests = new Map<string, string>();
    for (const Key of await this.#keys()) {
      const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
      digests.set(Key, digest((await Body?.transformToByteArray()) ?? new Uint8Array()));
    }
    return digests;
  }

  async #keys(): Promise<string[]> {
    const keys: string[] = [];
    for (let token: string | undefined, more = true; more; more = token !== undefined) {
      // Keys with control characters do not survive XML; so they come percent-encoded.
      const page = await this.#client.send(
        new ListObjectsV2Command({ Bucket: BUCKET, ContinuationToken: token, EncodingType: 'url' }),
      );
      keys.push(...(page.Contents ?? []).map(({ Key = '' }) => decodeURIComponent(Key.replaceAll('+', ' '))));
      token = page.NextContinuationToken;
    }
    return keys;
  }

  close(): void {
    this.#client.destroy();
  }
}
