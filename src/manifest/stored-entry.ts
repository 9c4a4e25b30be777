import { LINK_SUFFIX } from '../core/key.ts';
import type { Expected } from '../proof/rules/judge.ts';
import type { ManifestEntry } from './manifest.ts';

/** An entry that names the object of its file: key, ETag and size. */
export type EntryWithObject = ManifestEntry & {
  readonly [F in 'key' | 'etag' | 'size']: NonNullable<ManifestEntry[F]>;
};

function namesWrite(entry: ManifestEntry): entry is EntryWithObject {
  const { key, etag, size } = entry;
  return key !== null && etag !== null && size !== null;
}

/** Whether the run was sure that S3 holds the file: the file was proved, or unchanged since it was stored. */
export function isConfirmed(entry: ManifestEntry): entry is EntryWithObject {
  return namesWrite(entry) && (entry.proof !== null || entry.code === 'SIZE_AND_TIME');
}

/** Whether the file was stored at the end of the run. Includes files without a proof, whose content only reading can confirm. */
export function isStored(entry: ManifestEntry): entry is EntryWithObject {
  return isConfirmed(entry) || (namesWrite(entry) && entry.code === 'NOT_PROVED');
}

/** What S3 must report of an object with the same content: its size, and the ETag of that write or the MD5 of the file. */
export function expectedOf({ size, md5, etag, proof }: EntryWithObject): Expected {
  const partsEtag = proof === 'etag-parts' ? etag : undefined;
  return { size, md5: md5 ?? undefined, checksums: {}, partsEtag, etag };
}

/**
 * Whether the entry is a symbolic link that was stored as a link. The key decides, not the path: a file may have a name with the
 * suffix of a link's key.
 */
export function isStoredLink({ path, key }: ManifestEntry): boolean {
  return key?.endsWith(path + LINK_SUFFIX) ?? false;
}

/** Path of the entry's object below the prefix. */
export function objectPath(entry: ManifestEntry): string {
  return isStoredLink(entry) ? entry.path + LINK_SUFFIX : entry.path;
}

/**
 * Key of the entry's object below the prefix of its run. It is the path, unless that run has folded keys.
 *
 * @param prefix Prefix of the run that made the record.
 */
export function keyBelow(prefix: string, entry: ManifestEntry): string {
  const { key } = entry;
  return key?.startsWith(prefix) ? key.slice(prefix.length) : objectPath(entry);
}
