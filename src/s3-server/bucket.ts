import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Blobs } from './blobs.ts';
import { BucketIndex, type OpenUpload } from './bucket-index.ts';
import { S3Error } from './errors.ts';
import { Journal, type JournalEntry } from './journal.ts';
import type { BucketSettings, ObjectVersion } from './model.ts';

/** Its presence makes a folder a bucket. */
const SETTINGS_FILE = 'bucket.json';
/**
 * A journal that is longer than twice what it has to say is rewritten at start-up, from this many lines on.
 */
const REWRITE_FROM_LINES = 1000;

function writeSettings(folder: string, settings: BucketSettings): void {
  const path = join(folder, SETTINGS_FILE);
  writeFileSync(`${path}.new`, JSON.stringify(settings), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/**
 * One bucket: a folder with `bucket.json` (settings), `journal.jsonl` (what it holds) and `blobs/` (the
 * bytes). Every change goes through {@link Bucket.commit}, which is synchronous: between a condition that was
 * just checked and the commit nothing else can happen.
 */
export class Bucket {
  readonly #folder: string;
  readonly #journal: Journal;
  #settings: BucketSettings;
  #removed = false;
  readonly index = new BucketIndex();
  readonly blobs: Blobs;

  private constructor(folder: string, settings: BucketSettings) {
    this.#folder = folder;
    this.#settings = settings;
    this.#journal = new Journal(join(folder, 'journal.jsonl'));
    this.blobs = new Blobs(join(folder, 'blobs'));
  }

  /**
   * @throws {S3Error} BucketAlreadyExists when the folder holds something else: nothing there is ours to
   * remove.
   */
  static create(folder: string, settings: BucketSettings): Bucket {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (readdirSync(folder).length > 0) throw new S3Error('BucketAlreadyExists');
    writeSettings(folder, settings);
    return new Bucket(folder, settings);
  }

  /** @throws when the folder holds no readable bucket. */
  static load(folder: string): Bucket {
    const settings = JSON.parse(readFileSync(join(folder, SETTINGS_FILE), 'utf8')) as BucketSettings;
    const bucket = new Bucket(folder, settings);
    bucket.#replay();
    return bucket;
  }

  #replay(): void {
    const history = this.#journal.read();
    for (const entry of history) this.index.apply(entry);
    if (history.length > REWRITE_FROM_LINES) {
      const entries = [...this.index.entries()];
      if (history.length > 2 * entries.length) this.#journal.rewrite(entries);
    }
    this.blobs.removeOthers(this.index.referencedBlobs());
  }

  get settings(): BucketSettings {
    return this.#settings;
  }

  /** Changes settings, at once and on disk. */
  configure(change: Partial<BucketSettings>): void {
    this.#requirePresent();
    const settings = { ...this.#settings, ...change };
    writeSettings(this.#folder, settings);
    this.#settings = settings;
  }

  /** @throws {S3Error} NoSuchBucket when the bucket was deleted while the request was under way. */
  commit(entry: JournalEntry): void {
    this.#requirePresent();
    this.#journal.append(entry);
    this.blobs.remove(this.index.apply(entry));
  }

  #requirePresent(): void {
    if (this.#removed)
      throw new S3Error('NoSuchBucket', undefined, { elements: { BucketName: this.#settings.name } });
  }

  /** The newest version of a key; undefined also behind a delete marker. */
  current(key: string): ObjectVersion | undefined {
    const newest = this.index.newest(key);
    return newest?.deleteMarker ? undefined : newest;
  }

  /** @throws {S3Error} NoSuchUpload when the id is unknown or belongs to another key. */
  requireUpload(uploadId: string, key: string): OpenUpload {
    const found = this.index.uploads.get(uploadId);
    if (found?.upload.key !== key)
      throw new S3Error('NoSuchUpload', undefined, { elements: { UploadId: uploadId } });
    return found;
  }

  /**
   * Removes its own files, the settings last: cut short, this leaves an empty bucket. A folder that holds
   * anything else stays.
   *
   * @throws {S3Error} BucketNotEmpty.
   */
  remove(): void {
    if (!this.index.isEmpty) throw new S3Error('BucketNotEmpty');
    this.close();
    this.#journal.remove();
    this.blobs.removeFolder();
    rmSync(join(this.#folder, SETTINGS_FILE));
    if (readdirSync(this.#folder).length === 0) rmdirSync(this.#folder);
  }

  /** Ends all changes; what is under way fails. */
  close(): void {
    this.#removed = true;
    this.#journal.close();
  }
}
