import {
  type DeleteMarkerEntry,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { compareKeys, justBefore } from '../../core/key.ts';
import { holdsEverything, holdsNothing, type KeyRange } from '../../core/key-range.ts';
import { decodedKey, sizeOf, unquoted } from '../answers.ts';
import { PageProgress } from '../page-progress.ts';
import { StoreError, storeErrorFrom } from '../store-error.ts';
import type { ListedVersion } from '../store-types.ts';

const OPERATION = 'ListObjectVersions';

/** Version after which a page begins. */
interface Place {
  readonly KeyMarker: string;
  readonly VersionIdMarker: string | undefined;
}

interface VersionsPage {
  /** The versions, and after them the delete markers, both in the store's order. */
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
 * @param range Range of the keys, without the prefix. Only its pages are requested; the first and the last have other keys, too.
 * @throws StoreError `NotInOrder` if a range is wanted and a page is not in the order of the keys; others
 */
export async function* listVersions(
  client: S3Client,
  where: { readonly Bucket: string; readonly Prefix: string },
  { signal, range }: { readonly signal: AbortSignal | undefined; readonly range: KeyRange },
): AsyncGenerator<ListedVersion, void> {
  if (holdsNothing(range)) return;
  const { Prefix } = where;
  const progress = new PageProgress(OPERATION);
  for (let place = placeBefore(Prefix, range); ; ) {
    const { versions, truncated, next } = await pageOf(client, { ...where, ...place }, signal);
    if (!holdsEverything(range)) requireOrder(versions);
    const below = versions.filter(({ key }) => key.startsWith(Prefix));
    yield* togetherByKey(below, place?.KeyMarker, next?.KeyMarker);
    if (!truncated || isPast(next, Prefix, range)) return;
    place = progress.advance(next, versions.length);
  }
}

function placeBefore(prefix: string, { from = '' }: KeyRange): Place | undefined {
  return from === '' ? undefined : { KeyMarker: justBefore(prefix + from), VersionIdMarker: undefined };
}

function isPast(next: Place | undefined, prefix: string, { to }: KeyRange): boolean {
  return to !== undefined && next !== undefined && compareKeys(next.KeyMarker, prefix + to) >= 0;
}

/** In another order, keys of the range could be on pages that are not requested. @throws StoreError `NotInOrder` */
function requireOrder(versions: readonly ListedVersion[]): void {
  const isOrdered = versions.every(({ key, isDeleteMarker }, index) => {
    const before = versions[index - 1];
    return before?.isDeleteMarker !== isDeleteMarker || compareKeys(before.key, key) <= 0;
  });
  if (!isOrdered)
    throw new StoreError(
      'NotInOrder',
      `${OPERATION}: the listing is not in the order of the keys, so a range of it cannot be read`,
      undefined,
      1,
    );
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
