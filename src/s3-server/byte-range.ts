import { S3Error } from './errors.ts';

/** Byte offsets of an object: from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Parses a Range header.
 *
 * @param size Size of the object in bytes.
 * @returns undefined for a header that S3 ignores: other units, several ranges, malformed ones.
 * @throws {S3Error} InvalidRange if the range contains no byte of the object.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.replaceAll(' ', '') ?? '');
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  if (start >= size) {
    throw new S3Error('InvalidRange', undefined, {
      elements: { RangeRequested: header ?? '', ActualObjectSize: `${size}` },
      headers: { 'content-range': `bytes */${size}` },
    });
  }
  return { start, end };
}

/** Parses `x-amz-copy-source-range`. @throws {S3Error} InvalidArgument unless the range lies inside the source. */
export function parseCopyRange(header: string | undefined, size: number): ByteRange {
  if (header === undefined) return { start: 0, end: size };
  const match = /^bytes=(\d+)-(\d+)$/.exec(header);
  const [start, end] = [Number(match?.[1]), Number(match?.[2]) + 1];
  if (!(start < end && end <= size)) {
    throw new S3Error(
      'InvalidArgument',
      'The x-amz-copy-source-range value must be of the form bytes=first-last and lie inside the source.',
    );
  }
  return { start, end };
}
