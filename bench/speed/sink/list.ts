import { xmlAnswer, xmlText } from './answers.ts';
import type { Objects, StoredObject } from './objects.ts';
import type { Request } from './request.ts';

const PAGE_KEYS = 1000;
/** Comes in no UTF-8, so it is behind every key that begins with what is before it. */
const BEHIND_ALL = '\xff';

/** Entries and common prefixes of one page, in the order of their keys. */
export interface Page {
  readonly entries: readonly [string, StoredObject][];
  readonly prefixes: readonly string[];
  /** Where the next page begins: behind this key or common prefix. Undefined on the last page. */
  readonly last: string | undefined;
}

/** What a request wants of a listing. */
export interface Wanted {
  readonly prefix: string;
  readonly delimiter: string;
  /** The page begins behind this key or common prefix; '' for the beginning. */
  readonly after: string;
  readonly limit: number;
}

export function pageOf(objects: Objects, { prefix, delimiter, after, limit }: Wanted): Page {
  const entries: [string, StoredObject][] = [];
  const prefixes: string[] = [];
  let last = '';
  const isPrefix = delimiter !== '' && after.endsWith(delimiter);
  let start = after < prefix ? prefix : after + (isPrefix ? BEHIND_ALL : '\0');
  // Behind each common prefix the search begins anew, instead of walking over its keys.
  for (let next: string | undefined = start; next !== undefined; ) {
    start = next;
    next = undefined;
    for (const key of objects.keys.from(start)) {
      if (!key.startsWith(prefix)) break;
      if (entries.length + prefixes.length === limit) return { entries, prefixes, last };
      const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      if (end >= 0) {
        last = key.slice(0, end + delimiter.length);
        prefixes.push(last);
        next = last + BEHIND_ALL;
        break;
      }
      last = key;
      const object = objects.get(key);
      if (object !== undefined) entries.push([key, object]);
    }
  }
  return { entries, prefixes, last: undefined };
}

/**
 * Answers ListObjectsV2 and, without `list-type`, ListObjects.
 *
 * @param find Finds the page that is wanted.
 */
export function listAnswer(find: (wanted: Wanted) => Page, { bucket, query }: Request): string {
  const isV2 = query.get('list-type') === '2';
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const limit = Math.min(PAGE_KEYS, Number(query.get('max-keys') || PAGE_KEYS));
  const isUrl = query.get('encoding-type') === 'url';
  const shown = isUrl ? urlEncoded : xmlText;
  const token = query.get('continuation-token');
  const behind = isV2 ? query.get('start-after') : query.get('marker');
  const after = token === undefined ? (behind ?? '') : Buffer.from(token, 'base64url').toString('latin1');
  const { entries, prefixes, last } = find({ prefix, delimiter, after, limit });
  const count = entries.length + prefixes.length;
  const next = last === undefined ? '' : nextOf(last, isV2, shown);
  return xmlAnswer(
    `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name>` +
      `<Prefix>${shown(prefix)}</Prefix><MaxKeys>${limit}</MaxKeys><Delimiter>${shown(delimiter)}</Delimiter>` +
      `${isUrl ? '<EncodingType>url</EncodingType>' : ''}${isV2 ? `<KeyCount>${count}</KeyCount>` : ''}` +
      `<IsTruncated>${last !== undefined}</IsTruncated>${next}` +
      `${entries.map(([key, object]) => entryOf(shown(key), object)).join('')}` +
      `${prefixes.map((each) => `<CommonPrefixes><Prefix>${shown(each)}</Prefix></CommonPrefixes>`).join('')}` +
      '</ListBucketResult>',
  );
}

function nextOf(last: string, isV2: boolean, shown: (text: string) => string): string {
  if (!isV2) return `<NextMarker>${shown(last)}</NextMarker>`;
  const token = Buffer.from(last, 'latin1').toString('base64url');
  return `<NextContinuationToken>${token}</NextContinuationToken>`;
}

function entryOf(key: string, { etag, size, modifiedAt }: StoredObject): string {
  const modified = new Date(modifiedAt).toISOString();
  return `<Contents><Key>${key}</Key><LastModified>${modified}</LastModified><ETag>&quot;${etag}&quot;</ETag><Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
}

function urlEncoded(text: string): string {
  return text.replace(/[^A-Za-z0-9\-_.*/]/g, (c) => {
    return c === ' ' ? '+' : `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
}
