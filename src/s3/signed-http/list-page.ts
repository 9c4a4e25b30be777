import { decodedKey, sizeIn, timeIn, unquoted } from '../answers.ts';
import type { ListedObject, ListPage } from '../store-types.ts';
import { elementText, recordsOf, unescaped } from './xml.ts';

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
  return {
    objects: recordsOf(xml, 'Contents', nothing, encoded ? addEncoded : add),
    truncated: xml.includes('<IsTruncated>true</IsTruncated>'),
    ...(next !== undefined && { next }),
  };
}

function nothing(): Listed {
  return new Listed();
}

/**
 * Parses times and remembers the last one. Objects that were stored one after another mostly have the same time, which
 * AWS gives in seconds; parsing one is a fifth of the work on an object. The remembered text keeps its page in memory.
 */
class RepeatedTimes {
  #text = '';
  #time: number | undefined;

  read(text: string): number | undefined {
    if (text !== this.#text) {
      this.#text = text;
      this.#time = timeIn(text);
    }
    return this.#time;
  }
}

/** Cache: the last time that was parsed. */
const times = new RepeatedTimes();

function add(object: Listed, name: string, text: string): void {
  if (name === 'Key') object.key = unescaped(text);
  else if (name === 'Size') object.size = sizeIn(text);
  else if (name === 'ETag') object.etag = etagIn(text);
  else if (name === 'LastModified') object.lastModified = times.read(text);
  else if (name === 'StorageClass') object.storageClass = unescaped(text);
}

function addEncoded(object: Listed, name: string, text: string): void {
  if (name === 'Key') object.key = decodedKey(unescaped(text));
  else add(object, name, text);
}

const QUOTE = '&quot;';

function etagIn(escapedText: string): string | undefined {
  const inner = escapedText.slice(QUOTE.length, -QUOTE.length);
  // As every store writes it: a quarter of the time of the general way.
  if (!inner.includes('&') && escapedText.startsWith(QUOTE) && escapedText.endsWith(QUOTE)) return inner;
  return unquoted(unescaped(escapedText));
}
