import { isNotFound } from '../store-error.ts';
import {
  type ListedPart,
  type PartsPage,
  partsPages,
  type UnfinishedUpload,
  type UnfinishedUploads,
  uploadsPages,
} from './unfinished-uploads.ts';

/** The upload that would be begun now. A resumed upload must equal it. */
export interface WantedUpload {
  readonly key: string;
  /** Size of the file in bytes. */
  readonly size: number;
  /** Size of every part but the last, in bytes. */
  readonly partSize: number;
  /** When the file was last changed, by this machine's clock: milliseconds since 1970. */
  readonly mtimeMs: number;
  /** Storage class. Default STANDARD. */
  readonly storageClass: string | undefined;
  /** Checksum algorithm; undefined if none is sent. */
  readonly checksumAlgorithm: string | undefined;
}

export interface ResumableUpload {
  readonly uploadId: string;
  /** Stored parts by their part numbers. */
  readonly parts: ReadonlyMap<number, ListedPart>;
}

/**
 * Tolerance for the store's clock, in milliseconds: `Date` has whole seconds, and an answer takes time, so a clock that
 * differs by less may be right.
 */
const CLOCK_TOLERANCE_MS = 2_000;

/**
 * Finds the newest unfinished upload that can be resumed. It must have been begun after the file was last changed, or
 * its metadata (mtime, mode) would be that of an older file; the bytes are compared part by part later.
 *
 * @throws StoreError if the store does not list uploads or parts
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

/** How far the store's clock is ahead of this machine's, in milliseconds; 0 within the tolerance. */
function clockAhead(date: number): number {
  const ahead = date - Date.now();
  return Math.abs(ahead) > CLOCK_TOLERANCE_MS ? ahead : 0;
}

/** @returns the stored parts by number; undefined if the upload differs from the wanted one, or does not exist any longer */
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
    if (isNotFound(error)) return undefined;
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

/** Type of the checksum of the object: S3 accepts no completion that names another type. */
function checksumTypeOf(algorithm: string | undefined): string | undefined {
  if (algorithm === undefined) return undefined;
  return algorithm.startsWith('CRC') ? 'FULL_OBJECT' : 'COMPOSITE';
}
