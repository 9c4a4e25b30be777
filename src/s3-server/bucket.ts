import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Blobs } from './blobs.ts';
import { BucketIndex, type OpenUpload } from './bucket-index.ts';
import { S3Error } from './errors.ts';
import { Journal, type JournalEntry } from './journal.ts';
import type { BucketSettings, ObjectVersion } from './model.ts';

/** A folder with this file is a bucket. */
const SETTINGS_FILE = 'bucket.json';
/** A journal of more than this many lines is rewritten at the start, if more than half of the lines are superseded. */
const REWRITE_FROM_LINES = 1000;

function writeSettings(folder: string, settings: BucketSettings): void {
  const path = join(folder, SETTINGS_FILE);
  writeFileSync(`${path}.new`, JSON.stringify(settings), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/**
 * One bucket: a folder with `bucket.json` (settings), `journal.jsonl` (versions and uploads) and `blobs/` (the bytes). Every
 * change goes through {@link Bucket.commit}, which is synchronous: no other request can run between the check of a condition and
 * the commit.
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
   * Creates a bucket in a new or empty folder.
   *
   * @throws {S3Error} BucketAlreadyExists if the folder holds something else, which is then left alone.
   */
  static create(folder: string, settings: BucketSettings): Bucket {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (readdirSync(folder).length > 0) throw new S3Error('BucketAlreadyExists');
    writeSettings(folder, settings);
    return new Bucket(folder, settings);
  }

  /** Loads a bucket from its folder. @throws if the settings or the journal cannot be read. */
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

  /** Current settings. */
  get settings(): BucketSettings {
    return this.#settings;
  }

  /** Changes settings in memory and on the disk. @throws {S3Error} NoSuchBucket if the bucket was deleted meanwhile. */
  configure(change: Partial<BucketSettings>): void {
    this.#requirePresent();
    const settings = { ...this.#settings, ...change };
    writeSettings(this.#folder, settings);
    this.#settings = settings;
  }

  /** Applies a change and writes it to the journal. @throws {S3Error} NoSuchBucket if the bucket was deleted meanwhile. */
  commit(entry: JournalEntry): void {
    this.#requirePresent();
    this.#journal.append(entry);
    this.blobs.remove(this.index.apply(entry));
  }

  #requirePresent(): void {
    if (this.#removed)
      throw new S3Error('NoSuchBucket', undefined, { elements: { BucketName: this.#settings.name } });
  }

  /** Newest version of a key; undefined if there is none, or if it is a delete marker. */
  current(key: string): ObjectVersion | undefined {
    const newest = this.index.newest(key);
    return newest?.deleteMarker ? undefined : newest;
  }

  /** Looks up an unfinished upload. @throws {S3Error} NoSuchUpload if the id is unknown or belongs to another key. */
  requireUpload(uploadId: string, key: string): OpenUpload {
    const found = this.index.uploads.get(uploadId);
    if (found?.upload.key !== key)
      throw new S3Error('NoSuchUpload', undefined, { elements: { UploadId: uploadId } });
    return found;
  }

  /**
   * Deletes the bucket. Its settings are removed last, so that an interrupted deletion leaves an empty bucket. The folder
   * stays if it holds other files.
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

  /** Closes the bucket. Later changes fail with NoSuchBucket. */
  close(): void {
    this.#removed = true;
    this.#journal.close();
  }
}
