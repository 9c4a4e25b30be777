import { decodedKey, sizeIn, timeIn, unquoted } from '../answers.ts';
import type { ListedObject, ListPage } from '../store-types.ts';
import { elements, elementText, recordsOf, unescaped } from './xml.ts';

/** An object of a listing. It is a class for the reason that src/flow/item.ts gives for items. */
class Listed implements ListedObject {
  key = '';
  size: number | undefined;
  etag: string | undefined;
  lastModified: number | undefined;
  storageClass: string | undefined;
}

/** Reads an answer to ListObjectsV2; undefined if it is another answer, or not a complete one. */
export function listPageOf(xml: string): ListPage | undefined {
  if (
    !xml.includes('<ListBucketResult') ||
    !xml.includes('<Name>') ||
    !xml.trimEnd().endsWith('</ListBucketResult>')
  ) {
    return undefined;
  }
  const next = elementText(xml, 'NextContinuationToken');
  const encoded = xml.includes('<EncodingType>url</EncodingType>');
  const folders = elements(xml, 'CommonPrefixes').map((folder) => prefixIn(folder, encoded));
  return {
    objects: recordsOf(xml, 'Contents', nothing, encoded ? addEncoded : add),
    ...(folders.length > 0 && { folders }),
    truncated: xml.includes('<IsTruncated>true</IsTruncated>'),
    ...(next !== undefined && { next }),
  };
}

function prefixIn(folder: string, isEncoded: boolean): string {
  const prefix = elementText(folder, 'Prefix') ?? '';
  return isEncoded ? decodedKey(prefix) : prefix;
}

function nothing(): Listed {
  return new Listed();
}

function add(object: Listed, name: string, text: string): void {
  if (name === 'Key') object.key = unescaped(text);
  else if (name === 'Size') object.size = sizeIn(text);
  else if (name === 'ETag') object.etag = etagIn(text);
  else if (name === 'LastModified') object.lastModified = timeIn(text);
  else if (name === 'StorageClass') object.storageClass = unescaped(text);
}

function addEncoded(object: Listed, name: string, text: string): void {
  if (name === 'Key') object.key = decodedKey(unescaped(text));
  else add(object, name, text);
}

const QUOTE = '&quot;';

function etagIn(escapedText: string): string | undefined {
  const inner = escapedText.slice(QUOTE.length, -QUOTE.length);
  // As every store writes it. The general way is slow (docs/performance.md).
  if (!inner.includes('&') && escapedText.startsWith(QUOTE) && escapedText.endsWith(QUOTE)) return inner;
  return unquoted(unescaped(escapedText));
}
