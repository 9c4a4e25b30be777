import { S3Error } from './errors.ts';
import { quoted, unquoted } from './etag.ts';
import type { ObjectVersion } from './model.ts';
import type { S3Request } from './request.ts';

function matches(header: string, etag: string): boolean {
  return header.split(',').some((candidate) => candidate.trim() === '*' || unquoted(candidate) === etag);
}

/**
 * The conditions of PutObject, CompleteMultipartUpload and DeleteObject. Must be asked again in the same turn
 * as the commit: of concurrent writers exactly one may win.
 *
 * @throws {S3Error} PreconditionFailed; NoSuchKey for If-Match without an object; NotImplemented for an
 * If-None-Match other than `*`, as on S3.
 */
export function requireWriteConditions(request: S3Request, current: ObjectVersion | undefined): void {
  const ifNoneMatch = request.header('if-none-match');
  const ifMatch = request.header('if-match');
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() !== '*') throw new S3Error('NotImplemented');
    if (current !== undefined) failed('If-None-Match');
  }
  if (ifMatch === undefined) return;
  if (current === undefined) throw new S3Error('NoSuchKey');
  if (!matches(ifMatch, current.etag)) failed('If-Match');
}

function failed(condition: string): never {
  throw new S3Error('PreconditionFailed', undefined, { elements: { Condition: condition } });
}

/** HTTP dates count in whole seconds. */
function isModifiedSince(version: ObjectVersion, date: string): boolean {
  const since = Date.parse(date);
  return Number.isNaN(since) || Math.floor(version.modified / 1000) * 1000 > since;
}

/**
 * The conditions of GetObject, HeadObject and of the source of a copy (RFC 9110 section 13.2.2: an ETag
 * condition makes the date condition of its kind void).
 *
 * @param prefix `x-amz-copy-source-` for copies, which answer 412 where GET answers 304.
 * @throws {S3Error} PreconditionFailed, NotModified.
 */
export function requireReadConditions(request: S3Request, version: ObjectVersion, prefix = ''): void {
  const ifMatch = request.header(`${prefix}if-match`);
  const unmodified = request.header(`${prefix}if-unmodified-since`);
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, version.etag)) failed('If-Match');
  } else if (
    unmodified !== undefined &&
    !Number.isNaN(Date.parse(unmodified)) &&
    isModifiedSince(version, unmodified)
  ) {
    failed('If-Unmodified-Since');
  }
  const ifNoneMatch = request.header(`${prefix}if-none-match`);
  const modified = request.header(`${prefix}if-modified-since`);
  const unchanged =
    ifNoneMatch === undefined
      ? modified !== undefined && !isModifiedSince(version, modified)
      : matches(ifNoneMatch, version.etag);
  if (!unchanged) return;
  if (prefix !== '') failed('If-None-Match');
  throw new S3Error('NotModified', undefined, {
    headers: { etag: quoted(version.etag), 'last-modified': new Date(version.modified).toUTCString() },
  });
}
