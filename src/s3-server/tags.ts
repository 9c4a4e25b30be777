import { S3Error } from './errors.ts';
import type { Tag } from './model.ts';
import { parseQuery } from './uri.ts';
import { childrenOf, parseXml, textOf } from './xml-read.ts';
import { document, group, text } from './xml-write.ts';

/** S3's limits for the tags of an object: number of tags, characters of a key, characters of a value. */
const TAG_LIMIT = 10;
const TAG_KEY_LIMIT = 128;
const TAG_VALUE_LIMIT = 256;

function requireValid(tags: readonly Tag[]): readonly Tag[] {
  if (tags.length > TAG_LIMIT) throw new S3Error('InvalidTag', 'Object tags cannot be greater than 10');
  if (new Set(tags.map(({ key }) => key)).size < tags.length) {
    throw new S3Error('InvalidTag', 'Cannot provide multiple Tags with the same key');
  }
  for (const { key, value } of tags) {
    if (key === '' || key.length > TAG_KEY_LIMIT)
      throw new S3Error('InvalidTag', 'The TagKey you have provided is invalid');
    if (value.length > TAG_VALUE_LIMIT)
      throw new S3Error('InvalidTag', 'The TagValue you have provided is invalid');
  }
  return tags;
}

/** Parses the `x-amz-tagging` header, which has the form of a query string. @throws {S3Error} InvalidTag. */
export function parseTagHeader(header: string | undefined): readonly Tag[] {
  return requireValid(parseQuery(header ?? '').map(([key, value]) => ({ key, value })));
}

/** Parses a Tagging document. @throws {S3Error} MalformedXML, InvalidTag. */
export function parseTagDocument(source: string): readonly Tag[] {
  const sets = childrenOf(parseXml(source, 'Tagging'), 'TagSet');
  const tags = sets.flatMap((set) => childrenOf(set, 'Tag'));
  return requireValid(
    tags.map((tag) => ({ key: textOf(tag, 'Key') ?? '', value: textOf(tag, 'Value') ?? '' })),
  );
}

/** Writes a Tagging document. */
export function writeTagDocument(tags: readonly Tag[]): string {
  const written = tags.map(({ key, value }) => group('Tag', text('Key', key), text('Value', value)));
  return document('Tagging', group('TagSet', ...written));
}
