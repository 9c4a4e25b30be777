import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Bucket } from './bucket.ts';
import { S3Error } from './errors.ts';

/** S3's rules for bucket names. A name that follows them is also safe as the name of a folder. */
const BUCKET_NAME = /^(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Settings of a new bucket. */
export interface NewBucket {
  readonly region: string;
  /** Whether Object Lock, and with it versioning, is enabled. Default false. */
  readonly objectLock?: boolean;
}

/** All buckets below one folder. Only one process at a time may use the folder. */
export class Store {
  readonly #directory: string;
  readonly #buckets = new Map<string, Bucket>();

  /** Creates the folder if it is missing, and loads the buckets in it. @throws if a bucket cannot be read. */
  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(directory)) {
      const folder = join(directory, name);
      if (existsSync(join(folder, 'bucket.json'))) this.#buckets.set(name, Bucket.load(folder));
    }
  }

  /** Returns the buckets in the order of their names. */
  list(): Bucket[] {
    return [...this.#buckets.keys()].sort().flatMap((name) => this.find(name) ?? []);
  }

  /** Looks up a bucket; undefined if there is none. */
  find(name: string): Bucket | undefined {
    return this.#buckets.get(name);
  }

  /** Looks up a bucket that must exist. @throws {S3Error} NoSuchBucket. */
  require(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined)
      throw new S3Error('NoSuchBucket', undefined, { elements: { BucketName: name } });
    return bucket;
  }

  /** Creates a bucket. @throws {S3Error} InvalidBucketName, BucketAlreadyExists. */
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

  /** Deletes a bucket. @throws {S3Error} NoSuchBucket, BucketNotEmpty. */
  remove(name: string): void {
    this.require(name).remove();
    this.#buckets.delete(name);
  }

  /** Closes all buckets. */
  close(): void {
    for (const bucket of this.#buckets.values()) bucket.close();
  }
}
