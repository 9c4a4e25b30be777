import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Bucket } from './bucket.ts';
import { S3Error } from './errors.ts';

/** S3's rules for bucket names; they also make a name safe as that of a folder. */
const BUCKET_NAME = /^(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** What CreateBucket may say about a new bucket. */
export interface NewBucket {
  readonly region: string;
  readonly objectLock?: boolean;
}

/** All buckets below one folder. One process at a time may use it. */
export class Store {
  readonly #directory: string;
  readonly #buckets = new Map<string, Bucket>();

  /** Creates the folder if it is missing, and loads what is there. */
  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(directory)) {
      const folder = join(directory, name);
      if (existsSync(join(folder, 'bucket.json'))) this.#buckets.set(name, Bucket.load(folder));
    }
  }

  /** In the order of their names. */
  list(): Bucket[] {
    return [...this.#buckets.keys()].sort().flatMap((name) => this.find(name) ?? []);
  }

  find(name: string): Bucket | undefined {
    return this.#buckets.get(name);
  }

  /** @throws {S3Error} NoSuchBucket. */
  require(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined)
      throw new S3Error('NoSuchBucket', undefined, { elements: { BucketName: name } });
    return bucket;
  }

  /** @throws {S3Error} InvalidBucketName. */
  create(name: string, { region, objectLock = false }: NewBucket): Bucket {
    if (!BUCKET_NAME.test(name))
      throw new S3Error('InvalidBucketName', undefined, { elements: { BucketName: name } });
    const bucket = Bucket.create(join(this.#directory, name), {
      name,
      region,
      created: Date.now(),
      objectLock,
      versioning: objectLock ? 'Enabled' : undefined,
      documents: {},
    });
    this.#buckets.set(name, bucket);
    return bucket;
  }

  /** @throws {S3Error} NoSuchBucket, BucketNotEmpty. */
  remove(name: string): void {
    this.require(name).remove();
    this.#buckets.delete(name);
  }

  close(): void {
    for (const bucket of this.#buckets.values()) bucket.close();
  }
}
