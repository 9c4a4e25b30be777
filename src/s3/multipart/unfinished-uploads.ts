import { PageProgress } from '../page-progress.ts';

/** A multipart upload that was neither completed nor aborted. */
export interface UnfinishedUpload {
  readonly key: string;
  readonly uploadId: string;
  /** By the store's clock: milliseconds since 1970; NaN where it does not say. */
  readonly initiated: number;
}

export interface UploadsPage {
  readonly uploads: readonly UnfinishedUpload[];
  /** Whether there are more after the last one. */
  readonly truncated: boolean;
  /** The next page begins after this upload; undefined if the page does not say. */
  readonly next: UploadPin | undefined;
  /** What the store's clock showed when it answered: milliseconds since 1970; NaN where it does not say. */
  readonly date: number;
}

export interface UploadsRequest {
  readonly prefix: string;
  readonly after?: UploadPin | undefined;
}

/** A part of an unfinished upload. */
export interface ListedPart {
  readonly number: number;
  /** Bytes; undefined where the store does not say. */
  readonly size: number | undefined;
  /** As the store wrote it. */
  readonly etag: string;
  /** Base64, by the upload's algorithm; undefined where the store does not say. */
  readonly checksum: string | undefined;
  /** Milliseconds since 1970; NaN where the store does not say. */
  readonly lastModified: number;
}

export interface PartsPage {
  readonly parts: readonly ListedPart[];
  /** Whether there are more after the last one. */
  readonly truncated: boolean;
  /** The next page begins after this part number; undefined if the page does not say. */
  readonly next: number | undefined;
  /** Of the object to be; undefined where the store does not say. */
  readonly storageClass: string | undefined;
  /** `CRC32`, ...; undefined where the upload has none, or the store does not say. */
  readonly checksumAlgorithm: string | undefined;
  /** `FULL_OBJECT` or `COMPOSITE`; undefined where the store does not say. */
  readonly checksumType?: string | undefined;
}

export type UploadPin = Pick<UnfinishedUpload, 'key' | 'uploadId'>;

/** What both transports can tell of unfinished uploads. Every method throws StoreError. */
export interface UnfinishedUploads {
  /** One page of those whose keys begin with the prefix. */
  listUploads(request: UploadsRequest): Promise<UploadsPage>;
  /** One page of the parts of one, in the order of their numbers. */
  listParts(upload: UploadPin, after?: number): Promise<PartsPage>;
}

/** Every page of unfinished uploads. @throws StoreError, `ListingStuck` if the pages do not advance */
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

/** Every page of one upload's parts. @throws StoreError, `ListingStuck` if the pages do not advance */
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
