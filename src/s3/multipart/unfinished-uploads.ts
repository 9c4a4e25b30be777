import { PageProgress } from '../page-progress.ts';

/** A multipart upload that was neither completed nor aborted. */
export interface UnfinishedUpload {
  readonly key: string;
  readonly uploadId: string;
  /** When the upload was begun, by the store's clock: milliseconds since 1970; NaN if the store does not say. */
  readonly initiated: number;
}

export interface UploadsPage {
  readonly uploads: readonly UnfinishedUpload[];
  /** Whether more entries follow this page. */
  readonly truncated: boolean;
  /** Upload after which the next page begins; undefined if the page does not say. */
  readonly next: UploadPin | undefined;
  /** Time of the answer by the store's clock: milliseconds since 1970; NaN if the store does not say. */
  readonly date: number;
}

export interface UploadsRequest {
  readonly prefix: string;
  readonly after?: UploadPin | undefined;
}

/** A part of an unfinished upload. */
export interface ListedPart {
  readonly number: number;
  /** Size of the part in bytes; undefined if the store does not say. */
  readonly size: number | undefined;
  /** ETag of the part, as the store wrote it. */
  readonly etag: string;
  /** Checksum of the part in base64, by the upload's algorithm; undefined if the store does not say. */
  readonly checksum: string | undefined;
  /** When the part was written: milliseconds since 1970; NaN if the store does not say. */
  readonly lastModified: number;
}

export interface PartsPage {
  readonly parts: readonly ListedPart[];
  /** Whether more entries follow this page. */
  readonly truncated: boolean;
  /** Part number after which the next page begins; undefined if the page does not say. */
  readonly next: number | undefined;
  /** Storage class of the object that the upload makes; undefined if the store does not say. */
  readonly storageClass: string | undefined;
  /** Checksum algorithm, `CRC32` for example; undefined if the upload has none, or the store does not say. */
  readonly checksumAlgorithm: string | undefined;
  /** Checksum type, `FULL_OBJECT` or `COMPOSITE`; undefined if the store does not say. */
  readonly checksumType?: string | undefined;
}

export type UploadPin = Pick<UnfinishedUpload, 'key' | 'uploadId'>;

/** Requests about unfinished uploads, which both transports implement. Every method throws StoreError. */
export interface UnfinishedUploads {
  /** Lists one page of the unfinished uploads whose keys begin with the prefix. */
  listUploads(request: UploadsRequest): Promise<UploadsPage>;
  /** Lists one page of the parts of an upload, in the order of their numbers. */
  listParts(upload: UploadPin, after?: number): Promise<PartsPage>;
}

/** Lists every page of unfinished uploads. */
export async function* uploadsPages(
  store: UnfinishedUploads,
  prefix: string,
): AsyncGenerator<UploadsPage, void> {
  const progress = new PageProgress('ListMultipartUploads');
  for (let after: UploadPin | undefined; ; ) {
    const page = await store.listUploads({ prefix, after });
    yield page;
    if (!page.truncated) return;
    after = progress.advance(page.next, page.uploads.length);
  }
}

/** Lists every page of one upload's parts. */
export async function* partsPages(
  store: UnfinishedUploads,
  upload: UploadPin,
): AsyncGenerator<PartsPage, void> {
  const progress = new PageProgress('ListParts');
  for (let after: number | undefined; ; ) {
    const page = await store.listParts(upload, after);
    yield page;
    if (!page.truncated) return;
    after = progress.advance(page.next, page.parts.length);
  }
}

/** The upload after which the next page begins: the last one, or the one that the markers of an empty page name. */
export function nextUpload(
  last: UnfinishedUpload | undefined,
  keyMarker: string | undefined,
  uploadIdMarker: string | undefined,
): UploadPin | undefined {
  if (last !== undefined) return { key: last.key, uploadId: last.uploadId };
  return keyMarker === undefined ? undefined : { key: keyMarker, uploadId: uploadIdMarker ?? '' };
}

/** The part number after which the next page begins; undefined if the marker is not a number. */
export function nextPart(marker: string | undefined): number | undefined {
  return /^\d{1,5}$/.test(marker ?? '') ? Number(marker) : undefined;
}
