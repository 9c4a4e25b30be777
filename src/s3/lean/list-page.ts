import { decodedKey, timeIn, unquoted } from '../answers.ts';
import type { ListedObject, ListPage } from '../store-types.ts';
import { elements, elementText } from './xml.ts';

/** Reads an answer to ListObjectsV2; undefined where it is none, or not a whole one. */
export function listPageOf(xml: string): ListPage | undefined {
  if (
    !xml.includes('<ListBucketResult') ||
    !xml.includes('<Name>') ||
    !/<\/ListBucketResult>\s*$/.test(xml)
  ) {
    return undefined;
  }
  const next = elementText(xml, 'NextContinuationToken');
  const encoded = xml.includes('<EncodingType>url</EncodingType>');
  return {
    objects: [...elements(xml, 'Contents')].map((contents) => objectOf(contents, encoded)),
    truncated: xml.includes('<IsTruncated>true</IsTruncated>'),
    ...(next !== undefined && { next }),
  };
}

function objectOf(contents: string, encoded: boolean): ListedObject {
  const key = elementText(contents, 'Key') ?? '';
  return {
    key: encoded ? decodedKey(key) : key,
    size: Number(elementText(contents, 'Size') ?? Number.NaN),
    etag: unquoted(elementText(contents, 'ETag')),
    lastModified: timeIn(elementText(contents, 'LastModified')),
    storageClass: elementText(contents, 'StorageClass'),
  };
}
