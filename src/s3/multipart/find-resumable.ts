import { StoreError } from '../store-error.ts';
import {
  type ListedPart,
  type PartsPage,
  partsPages,
  type UnfinishedUpload,
  type UnfinishedUploads,
  uploadsPages,
} from './unfinished-uploads.ts';

/** The upload that would be begun now. One that was begun before must be the same. */
export interface WantedUpload {
  readonly key: string;
  /** Bytes of the file, and of every part but the last. */
  readonly size: number;
  readonly partSize: number;
  /** When the file was last changed, by our clock: milliseconds since 1970. */
  readonly mtimeMs: number;
  /** Default STANDARD. */
  readonly storageClass: string | undefined;
  /** That its checksums are of, if any are sent. */
  readonly checksumAlgorithm: string | undefined;
}

export interface ResumableUpload {
  readonly uploadId: string;
  /** By their numbers. */
  readonly parts: ReadonlyMap<number, ListedPart>;
}

/** `Date` has whole seconds, and an answer takes time: a clock that is off by less may be right. */
const CLOCK_TOLERANCE_MS = 2_000;

/**
 * Finds the newest unfinished upload that can be gone on with. It must have been begun after the file was last changed,
 * or its metadata (mtime, mode) would be an older file's; the bytes are compared part by part later on.
 *
 * @throws StoreError where the store does not let us look
 */
export async function findResumable(
  store: UnfinishedUploads,
  wanted: WantedUpload,
): Promise<ResumableUpload | undefined> {
  const begun: UnfinishedUpload[] = [];
  for await (const { uploads, date } of uploadsPages(store, wanted.key)) {
    const since = wanted.mtimeMs + clockAhead(date);
    begun.push(...uploads.filter(({ key, initiated }) => key === wanted.key && initiated > since));
  }
  begun.sort((a, b) => b.initiated - a.initiated);
  for (const upload of begun) {
    const parts = await partsLike(store, upload, wanted);
    if (parts) return { uploadId: upload.uploadId, parts };
  }
  return undefined;
}

/** Milliseconds. */
function clockAhead(date: number): number {
  const ahead = date - Date.now();
  return Math.abs(ahead) > CLOCK_TOLERANCE_MS ? ahead : 0;
}

/** @returns undefined where this is another upload than the wanted one, or none any more */
async function partsLike(
  store: UnfinishedUploads,
  upload: UnfinishedUpload,
  wanted: WantedUpload,
): Promise<Map<number, ListedPart> | undefined> {
  const found = new Map<number, ListedPart>();
  try {
    for await (const page of partsPages(store, upload)) {
      if (!isLike(page, wanted)) return undefined;
      for (const part of page.parts) found.set(part.number, part);
    }
  } catch (error) {
    if (error instanceof StoreError && error.status === 404) return undefined;
    throw error;
  }
  return found;
}

function isLike(page: PartsPage, wanted: WantedUpload): boolean {
  const { storageClass = 'STANDARD', checksumAlgorithm, parts } = page;
  const { size, partSize } = wanted;
  const wantedType = checksumTypeOf(wanted.checksumAlgorithm);
  const { checksumType = wantedType } = page;
  const count = Math.ceil(size / partSize);
  const sizeOf = (number: number) => (number < count ? partSize : size - (count - 1) * partSize);
  return (
    storageClass === (wanted.storageClass ?? 'STANDARD') &&
    checksumAlgorithm === wanted.checksumAlgorithm &&
    checksumType === wantedType &&
    parts.every(({ number, size }) => isPartOf(count, number) && size === sizeOf(number))
  );
}

function isPartOf(count: number, number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= count;
}

/** Of the object's checksum: S3 takes no completion that names the other one. */
function checksumTypeOf(algorithm: string | undefined): string | undefined {
  if (algorithm === undefined) return undefined;
  return algorithm.startsWith('CRC') ? 'FULL_OBJECT' : 'COMPOSITE';
}
