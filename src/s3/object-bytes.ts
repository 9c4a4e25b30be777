import type { ByteRange } from './store-types.ts';

/** What an answer with bytes of an object says of them. */
export interface ReadAnswer {
  readonly etag: string | undefined;
  /** `bytes 0-4/10`; undefined where the whole object was answered. */
  readonly contentRange: string | undefined;
  /** Bytes that arrived. */
  readonly length: number;
}

/** The size of the object that bytes are of: from `content-range`, or as many as there are. */
export function sizeOfObject({ contentRange, length }: ReadAnswer): number {
  const [, size] = /\/(\d+)$/.exec(contentRange ?? '') ?? [];
  return size === undefined ? length : Number(size);
}

/**
 * Why an answer is not the bytes that were asked for, or undefined. A proxy may answer another range than was asked for, or
 * a page of its own.
 */
export function flawOfRead(answer: ReadAnswer, range: ByteRange | undefined): string | undefined {
  const { etag, contentRange, length } = answer;
  if (etag === undefined) return 'the answer to a read had no ETag: this is not S3, or something in between';
  if (range === undefined) return contentRange && `the whole object was asked for, ${contentRange} came`;
  const end = Math.min(range.end, sizeOfObject(answer));
  const isAsked =
    contentRange === undefined ? range.start === 0 : contentRange.startsWith(text(range.start, end));
  if (isAsked && length === end - range.start) return undefined;
  return `${text(range.start, range.end)} was asked for, ${length} bytes of ${contentRange ?? 'the whole'} came`;
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
