const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * Escapes text for XML. Control characters become references, because a raw carriage return would be read as a newline. That
 * includes those that XML 1.0 forbids, as S3 does it.
 */
export function escapeXml(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: keys may hold every control character.
    /[&<>"\u0000-\u001f\u007f-\u009f\ufffe\uffff]/g,
    (character) => ENTITIES[character] ?? `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`,
  );
}

/** Writes an element that contains text; '' if the value is undefined. */
export function text(name: string, value: string | number | boolean | undefined): string {
  if (value === undefined) return '';
  return `<${name}>${typeof value === 'string' ? escapeXml(value) : value}</${name}>`;
}

/** Writes an element that contains elements, which {@link text} and {@link group} have written. */
export function group(name: string, ...children: readonly string[]): string {
  return `<${name}>${children.join('')}</${name}>`;
}

/** First line of every document. */
export const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** Writes an error document. Unlike other documents it has no namespace. */
export function errorDocument(...children: readonly string[]): string {
  return DECLARATION + group('Error', ...children);
}

/** Writes a document in S3's namespace. @param children Elements or escaped text. */
export function document(root: string, ...children: readonly string[]): string {
  return `${DECLARATION}<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${children.join('')}</${root}>`;
}

/** Writes a time as S3 does in documents: ISO 8601 with milliseconds, UTC. @param milliseconds Since 1970. */
export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
