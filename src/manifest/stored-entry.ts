import { LINK_SUFFIX } from '../core/key.ts';
import type { Expected } from '../proof/rules/judge.ts';
import type { ManifestEntry } from './manifest.ts';

/** A file of which a run knew as what S3 holds it. */
export type KnownEntry = ManifestEntry & {
  readonly [F in 'key' | 'etag' | 'size']: NonNullable<ManifestEntry[F]>;
};

function namesWrite(entry: ManifestEntry): entry is KnownEntry {
  const { key, etag, size } = entry;
  return key !== null && etag !== null && size !== null;
}

/** Whether that run was sure that S3 holds it: it has proved it, or found it unchanged since it was stored. */
export function isKnown(entry: ManifestEntry): entry is KnownEntry {
  return namesWrite(entry) && (entry.proof !== null || entry.code === 'SIZE_AND_TIME');
}

/** Whether S3 had it at the end of that run: also what it had no proof of, so that reading it has to tell. */
export function isStored(entry: ManifestEntry): entry is KnownEntry {
  return isKnown(entry) || (namesWrite(entry) && entry.code === 'NOT_PROVED');
}

/** What S3 has to report of an object that holds the same: the ETag of that write or the MD5 of that file, and its size. */
export function expectedOf({ size, md5, etag, proof }: KnownEntry): Expected {
  const partsEtag = proof === 'etag-parts' ? etag : undefined;
  return { size, md5: md5 ?? undefined, checksums: {}, partsEtag, etag };
}

/** Whether it is a symbolic link that was stored as itself: a file may be named like the object of one. */
export function isStoredLink({ path, key }: ManifestEntry): boolean {
  return key?.endsWith(path + LINK_SUFFIX) ?? false;
}

/** Of its object below the prefix. */
export function objectPath(entry: ManifestEntry): string {
  return isStoredLink(entry) ? entry.path + LINK_SUFFIX : entry.path;
}
