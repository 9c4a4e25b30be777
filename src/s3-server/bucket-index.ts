import type { JournalEntry } from './journal.ts';
import { SortedKeys } from './key-order.ts';
import type { MultipartUpload, ObjectVersion, StoredPart } from './model.ts';

/** A multipart upload with the parts that have arrived. */
export interface OpenUpload {
  readonly upload: MultipartUpload;
  /** Parts by their number. */
  readonly parts: Map<number, StoredPart>;
}

function blobsOf(version: ObjectVersion | undefined): string[] {
  return version?.parts.map((part) => part.blob) ?? [];
}

/** In-memory index of a bucket's objects and uploads; about 1 KB per object. Changes only by {@link BucketIndex.apply}. */
export class BucketIndex {
  /** The versions of every key, newest first; never an empty list. */
  readonly #versions = new Map<string, ObjectVersion[]>();
  readonly #keys = new SortedKeys();
  /** Unfinished uploads by their id. */
  readonly uploads = new Map<string, OpenUpload>();

  /** Whether the bucket holds neither versions nor delete markers. */
  get isEmpty(): boolean {
    return this.#versions.size === 0;
  }

  /** All keys with at least one version, in S3's order. May contain some deleted keys, which have no version. */
  sortedKeys(): readonly string[] {
    return this.#keys.sorted((key) => this.#versions.has(key));
  }

  /** Versions of a key, newest first; empty if the key does not exist. */
  versionsOf(key: string): readonly ObjectVersion[] {
    return this.#versions.get(key) ?? [];
  }

  /** Newest version of a key, which may be a delete marker. */
  newest(key: string): ObjectVersion | undefined {
    return this.#versions.get(key)?.[0];
  }

  /** Applies a change. @returns ids of the blobs that nothing refers to any more */
  apply(entry: JournalEntry): string[] {
    switch (entry.type) {
      case 'put':
        return this.#put(entry.version, entry.completes);
      case 'amend':
        this.#amend(entry.version);
        return [];
      case 'delete':
        return blobsOf(this.#take(entry.key, entry.versionId));
      case 'upload':
        this.uploads.set(entry.upload.uploadId, { upload: entry.upload, parts: new Map() });
        return [];
      case 'part':
        return this.#putPart(entry.uploadId, entry.part);
      case 'end-upload':
        return this.#endUpload(entry.uploadId);
    }
  }

  #put(version: ObjectVersion, completes: string | undefined): string[] {
    const versions = this.#versions.get(version.key);
    const freed = new Set<string>();
    if (versions === undefined) {
      this.#versions.set(version.key, [version]);
      this.#keys.add(version.key);
    } else {
      const at = versions.findIndex(({ versionId }) => versionId === version.versionId);
      for (const replaced of at < 0 ? [] : versions.splice(at, 1))
        for (const blob of blobsOf(replaced)) freed.add(blob);
      versions.unshift(version);
    }
    if (completes !== undefined) for (const blob of this.#endUpload(completes)) freed.add(blob);
    for (const blob of blobsOf(version)) freed.delete(blob);
    return [...freed];
  }

  #amend(version: ObjectVersion): void {
    const versions = this.#versions.get(version.key) ?? [];
    const at = versions.findIndex(({ versionId }) => versionId === version.versionId);
    if (at >= 0) versions[at] = version;
  }

  #take(key: string, versionId: string): ObjectVersion | undefined {
    const versions = this.#versions.get(key) ?? [];
    const at = versions.findIndex((version) => version.versionId === versionId);
    if (at < 0) return undefined;
    const [taken] = versions.splice(at, 1);
    if (versions.length === 0) {
      this.#versions.delete(key);
      this.#keys.remove(key);
    }
    return taken;
  }

  #putPart(uploadId: string, part: StoredPart): string[] {
    const parts = this.uploads.get(uploadId)?.parts;
    if (parts === undefined) return [part.blob];
    const old = parts.get(part.number);
    parts.set(part.number, part);
    return old === undefined ? [] : [old.blob];
  }

  #endUpload(uploadId: string): string[] {
    const parts = this.uploads.get(uploadId)?.parts ?? new Map<number, StoredPart>();
    this.uploads.delete(uploadId);
    return [...parts.values()].map((part) => part.blob);
  }

  /** Shortest list of changes that leads from an empty bucket to this state. */
  *entries(): Generator<JournalEntry, void, undefined> {
    for (const versions of this.#versions.values()) {
      for (const version of versions.toReversed()) yield { type: 'put', version };
    }
    for (const { upload, parts } of this.uploads.values()) {
      yield { type: 'upload', upload };
      for (const part of parts.values()) yield { type: 'part', uploadId: upload.uploadId, part };
    }
  }

  /** Ids of the blobs of all versions and parts. */
  referencedBlobs(): Set<string> {
    const blobs = new Set<string>();
    for (const entry of this.entries()) {
      if (entry.type === 'put') for (const blob of blobsOf(entry.version)) blobs.add(blob);
      if (entry.type === 'part') blobs.add(entry.part.blob);
    }
    return blobs;
  }
}
