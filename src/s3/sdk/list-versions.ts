import {
  type DeleteMarkerEntry,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { decodedKey, unquoted } from '../answers.ts';
import { storeErrorFrom, storeErrorOf } from '../store-error.ts';
import type { ListedVersion } from '../store-types.ts';

interface VersionsPage {
  readonly versions: readonly ListedVersion[];
  /** Where the next page begins; undefined after the last. */
  readonly next: { readonly KeyMarker: string; readonly VersionIdMarker: string | undefined } | undefined;
}

/**
 * The versions and delete markers of every object below a prefix, those of one key together. Memory: one page of 1,000, and
 * the versions of one key.
 *
 * @throws StoreError
 */
export async function* listVersions(
  client: S3Client,
  where: { readonly Bucket: string; readonly Prefix: string },
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedVersion[], void> {
  let begun: ListedVersion[] = [];
  for (let next: VersionsPage['next'] | null = null; next !== undefined; ) {
    const page: VersionsPage = await pageOf(client, { ...where, ...next }, signal);
    next = page.next;
    const byKey = new Map<string, ListedVersion[]>();
    for (const version of [...begun, ...page.versions]) {
      byKey.set(version.key, [...(byKey.get(version.key) ?? []), version]);
    }
    // Those of the last key may go on in the next page.
    begun = (next && byKey.get(next.KeyMarker)) ?? [];
    if (next) byKey.delete(next.KeyMarker);
    yield* byKey.values();
  }
}

async function pageOf(
  client: S3Client,
  input: ListObjectVersionsCommandInput,
  signal: AbortSignal | undefined,
): Promise<VersionsPage> {
  // XML cannot hold every character that a key can.
  const command = new ListObjectVersionsCommand({ ...input, EncodingType: 'url' });
  const answer = await client.send(command, signal && { abortSignal: signal }).catch((error) => {
    throw storeErrorFrom(error, 'ListObjectVersions');
  });
  const decode = (key = '') => (answer.EncodingType === 'url' ? decodedKey(key) : key);
  const common = (listed: DeleteMarkerEntry) => ({
    key: decode(listed.Key),
    versionId: listed.VersionId ?? 'null',
    isLatest: listed.IsLatest ?? false,
    lastModified: listed.LastModified?.getTime(),
  });
  const versions = (answer.Versions ?? []).map((version) => ({
    ...common(version),
    isDeleteMarker: false,
    size: version.Size ?? 0,
    etag: unquoted(version.ETag),
    storageClass: version.StorageClass,
  }));
  const markers = (answer.DeleteMarkers ?? []).map((marker) => ({
    ...common(marker),
    isDeleteMarker: true,
    size: 0,
    etag: undefined,
    storageClass: undefined,
  }));
  return { versions: [...versions, ...markers], next: nextOf(answer, decode) };
}

/** @throws StoreError where there is more, and nothing says how to ask for it */
function nextOf(
  answer: ListObjectVersionsCommandOutput,
  decode: (key: string) => string,
): VersionsPage['next'] {
  if (!answer.IsTruncated) return undefined;
  const { NextKeyMarker, NextVersionIdMarker: VersionIdMarker } = answer;
  if (NextKeyMarker !== undefined) return { KeyMarker: decode(NextKeyMarker), VersionIdMarker };
  const text = 'a page of versions does not say where the next one begins';
  throw storeErrorOf({ operation: 'ListObjectVersions', code: 'NotS3', text });
}
