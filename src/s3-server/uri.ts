import { S3Error } from './errors.ts';

const UNRESERVED = /^[A-Za-z0-9\-._~]*$/;
const UNRESERVED_AND_SLASH = /^[A-Za-z0-9\-._~/]*$/;

function hexEscape(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** Percent-encodes all but the unreserved characters of RFC 3986, as SigV4 requires for names and values. */
export function encodeComponent(text: string): string {
  if (UNRESERVED.test(text)) return text;
  return encodeURIComponent(text).replace(/[!'()*]/g, hexEscape);
}

/** Percent-encodes a path but keeps its slashes, as SigV4 requires for the canonical URI of S3. */
export function encodePath(text: string): string {
  if (UNRESERVED_AND_SLASH.test(text)) return text;
  return encodeComponent(text).replaceAll('%2F', '/');
}

/** Encodes a key for a listing with `encoding-type=url`: slashes are kept, and a space becomes `+`. */
export function encodeListed(text: string): string {
  return encodePath(text).replaceAll('%20', '+');
}

/** Decodes percent-encoded text. @throws {S3Error} InvalidURI if an escape is malformed or the bytes are not UTF-8. */
export function decodeComponent(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error('InvalidURI');
  }
}

/** Parses a query into decoded names and values, in the order sent. A `+` stands for a space. @throws {S3Error} InvalidURI. */
export function parseQuery(search: string): [name: string, value: string][] {
  if (search === '') return [];
  return search
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const name = equals < 0 ? pair : pair.slice(0, equals);
      const value = equals < 0 ? '' : pair.slice(equals + 1);
      return [decodeComponent(name.replaceAll('+', ' ')), decodeComponent(value.replaceAll('+', ' '))];
    });
}
