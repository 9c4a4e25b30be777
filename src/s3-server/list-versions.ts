import { bucketOf, type Exchange } from './exchange.ts';
import {
  OBJECT_ELEMENTS,
  OWNER_ID,
  readListingParameters,
  writeCommonPrefixes,
  writeListedVersion,
  writeListingParameters,
} from './list-objects.ts';
import { listPage } from './list-page.ts';
import type { ObjectVersion } from './model.ts';
import { type Reply, xmlReply } from './reply.ts';
import { document, group, isoTime, text } from './xml-write.ts';

function behind(versions: readonly ObjectVersion[], versionIdMarker: string): readonly ObjectVersion[] {
  return versions.slice(versions.findIndex((version) => version.versionId === versionIdMarker) + 1);
}

/** ListObjectVersions. Lists every version and delete marker, the newest first under each key. */
export function listObjectVersions(exchange: Exchange): Reply {
  const { query } = exchange.request;
  const { index } = bucketOf(exchange);
  const parameters = readListingParameters(exchange, 'max-keys');
  const keyMarker = query.get('key-marker') ?? '';
  const versionIdMarker = keyMarker === '' ? '' : (query.get('version-id-marker') ?? '');
  const place = { from: keyMarker, inclusive: versionIdMarker !== '' };
  const page = listPage(index.sortedKeys(), { ...parameters, ...place }, (key) => {
    const versions = index.versionsOf(key);
    return key === keyMarker ? behind(versions, versionIdMarker) : versions;
  });
  const { encode } = parameters;
  const versions = page.entries.map((version) => {
    const about = [
      text('Key', encode(version.key)),
      text('VersionId', version.versionId),
      text('IsLatest', index.newest(version.key) === version),
    ];
    return version.deleteMarker
      ? group(
          'DeleteMarker',
          ...about,
          text('LastModified', isoTime(version.modified)),
          group('Owner', text('ID', OWNER_ID)),
        )
      : group('Version', ...about, writeListedVersion(version, true));
  });
  return xmlReply(
    document(
      'ListVersionsResult',
      writeListingParameters(exchange, parameters, OBJECT_ELEMENTS),
      text('KeyMarker', encode(keyMarker)),
      text('VersionIdMarker', versionIdMarker),
      text('NextKeyMarker', page.truncated ? encode(page.last) : undefined),
      text('NextVersionIdMarker', page.truncated ? page.lastEntry?.versionId : undefined),
      text('IsTruncated', page.truncated),
      ...versions,
      writeCommonPrefixes(page, parameters),
    ),
  );
}
