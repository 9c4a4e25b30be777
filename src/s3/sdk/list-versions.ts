import {
  type DeleteMarkerEntry,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { compareKeys } from '../../core/key.ts';
import { decodedKey, sizeOf, unquoted } from '../answers.ts';
import { PageProgress } from '../page-progress.ts';
import { storeErrorFrom } from '../store-error.ts';
import type { ListedVersion } from '../store-types.ts';

const OPERATION = 'ListObjectVersions';

/** Version after which a page begins. */
interface Place {
  readonly KeyMarker: string;
  readonly VersionIdMarker: string | undefined;
}

interface VersionsPage {
  readonly versions: readonly ListedVersion[];
  /** Whether more entries follow this page. */
  readonly truncated: boolean;
  /** Position of the next page; undefined if the page does not say. */
  readonly next: Place | undefined;
}

/**
 * Lists the versions and delete markers of every object below a prefix, those of one key one after another. Memory: one
 * page of 1,000, however many versions a key has.
 *
 * @throws StoreError
 */
export async function* listVersions(
  client: S3Client,
  where: { readonly Bucket: string; readonly Prefix: string },
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedVersion, void> {
  const progress = new PageProgress(OPERATION);
  for (let place: Place | undefined; ; ) {
    const { versions, truncated, next } = await pageOf(client, { ...where, ...place }, signal);
    const below = versions.filter(({ key }) => key.startsWith(where.Prefix));
    yield* togetherByKey(below, place?.KeyMarker, next?.KeyMarker);
    if (!truncated) return;
    place = progress.advance(next, versions.length);
  }
}

/**
 * Sorts a page by key, so that the versions of one key follow each other. The key that continues from the page before comes
 * first, the one that may continue on the next page last. The versions of one key keep their order.
 */
function togetherByKey(
  versions: readonly ListedVersion[],
  first: string | undefined,
  last: string | undefined,
): ListedVersion[] {
  const rank = (key: string) => (key === first ? -1 : key === last ? 1 : 0);
  return versions.toSorted((a, b) => rank(a.key) - rank(b.key) || compareKeys(a.key, b.key));
}

async function pageOf(
  client: S3Client,
  input: ListObjectVersionsCommandInput,
  signal: AbortSignal | undefined,
): Promise<VersionsPage> {
  // XML cannot hold every character that a key can.
  const command = new ListObjectVersionsCommand({ ...input, EncodingType: 'url' });
  const answer = await client.send(command, signal && { abortSignal: signal }).catch((error) => {
    throw storeErrorFrom(error, OPERATION);
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
    size: sizeOf(version.Size),
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
  const { IsTruncated: truncated = false, NextKeyMarker, NextVersionIdMarker: VersionIdMarker } = answer;
  const next =
    NextKeyMarker === undefined ? undefined : { KeyMarker: decode(NextKeyMarker), VersionIdMarker };
  return { versions: [...versions, ...markers], truncated, next };
}
