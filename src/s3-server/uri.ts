import { S3Error } from './errors.ts';

const UNRESERVED = /^[A-Za-z0-9\-._~]*$/;
const UNRESERVED_AND_SLASH = /^[A-Za-z0-9\-._~/]*$/;

function hexEscape(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** Percent-encodes all but RFC 3986's unreserved characters, as SigV4 wants names and values. */
export function encodeComponent(text: string): string {
  if (UNRESERVED.test(text)) return text;
  return encodeURIComponent(text).replace(/[!'()*]/g, hexEscape);
}

/** As {@link encodeComponent}, with slashes kept: SigV4's canonical URI for S3. */
export function encodePath(text: string): string {
  if (UNRESERVED_AND_SLASH.test(text)) return text;
  return encodeComponent(text).replaceAll('%2F', '/');
}

/** How `encoding-type=url` writes keys in listings: slashes kept, a space as `+`. */
export function encodeListed(text: string): string {
  return encodePath(text).replaceAll('%20', '+');
}

/** @throws {S3Error} InvalidURI when an escape is broken or the bytes are not UTF-8. */
export function decodeComponent(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error('InvalidURI');
  }
}

/** Name and value of every query parameter, decoded, in the order sent; a `+` is a space. */
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
