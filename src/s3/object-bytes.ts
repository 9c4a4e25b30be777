import type { ByteRange } from './store-types.ts';

/** The facts about an answer that holds bytes of an object. */
export interface ReadAnswer {
  readonly etag: string | undefined;
  /** The `content-range` header, `bytes 0-4/10` for example; undefined if the whole object was answered. */
  readonly contentRange: string | undefined;
  /** Number of bytes that arrived. */
  readonly length: number;
}

/** Size of the object in bytes: from `content-range`, or the number of bytes that arrived. */
export function sizeOfObject({ contentRange, length }: ReadAnswer): number {
  const [, size] = /\/(\d+)$/.exec(contentRange ?? '') ?? [];
  return size === undefined ? length : Number(size);
}

/**
 * Reason why an answer does not hold the requested bytes; undefined if it does. A proxy may answer with another range,
 * or with a page of its own.
 */
export function flawOfRead(answer: ReadAnswer, range: ByteRange | undefined): string | undefined {
  const { etag, contentRange, length } = answer;
  if (etag === undefined) return 'the answer to a read had no ETag: this is not S3, or something in between';
  if (range === undefined)
    return contentRange && `the whole object was requested, but ${contentRange} arrived`;
  const end = Math.min(range.end, sizeOfObject(answer));
  const isRequestedRange =
    contentRange === undefined ? range.start === 0 : contentRange.startsWith(text(range.start, end));
  if (isRequestedRange && length === end - range.start) return undefined;
  return `${text(range.start, range.end)} was requested, but ${length} bytes of ${contentRange ?? 'the whole object'} arrived`;
}

function text(start: number, end: number): string {
  return `bytes ${start}-${end - 1}/`;
}

const OPAQUE_ENCRYPTION = /^aws:kms/;

/**
 * Whether an ETag can be a digest of the content, by the headers about encryption
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html).
 */
export function etagIsDigest(serverSide: string | undefined, customerAlgorithm: string | undefined): boolean {
  return customerAlgorithm === undefined && !OPAQUE_ENCRYPTION.test(serverSide ?? '');
}
