import { S3Error } from './errors.ts';
import { quoted, unquoted } from './etag.ts';
import type { ObjectVersion } from './model.ts';
import type { S3Request } from './request.ts';

function matches(header: string, etag: string): boolean {
  return header.split(',').some((candidate) => candidate.trim() === '*' || unquoted(candidate) === etag);
}

/**
 * Checks the conditions of PutObject, CompleteMultipartUpload and DeleteObject (If-Match, If-None-Match). Must be called again,
 * synchronously, just before the commit, so that exactly one of several concurrent writers wins.
 *
 * @param current The current object under the key; undefined if there is none.
 * @throws {S3Error} PreconditionFailed; NoSuchKey for If-Match without an object; NotImplemented for an If-None-Match other than
 * `*`, as on S3.
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

/** Whether a version is newer than an HTTP date, which has whole seconds. */
function isModifiedSince(version: ObjectVersion, date: string): boolean {
  const since = Date.parse(date);
  return Number.isNaN(since) || Math.floor(version.modified / 1000) * 1000 > since;
}

/**
 * Checks the conditions of GetObject, HeadObject and the source of a copy. A condition on the ETag replaces the one on the date
 * (RFC 9110 section 13.2.2).
 *
 * @param prefix Prefix of the headers: `x-amz-copy-source-` for copies, which answer 412 instead of 304. Default ''.
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
