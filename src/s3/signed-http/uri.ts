/** Characters that S3 leaves as they are in a canonical URI, and the slash, which separates a key's segments. */
const PLAIN = /^[A-Za-z0-9\-._~/]*$/;

/** A key as it stands in a request's path: every byte but RFC 3986's unreserved ones is encoded, and slashes are kept. */
export function encodeKey(key: string): string {
  return PLAIN.test(key) ? key : encodeValue(key).replaceAll('%2F', '/');
}

/** encodeURIComponent leaves five characters as they are that SigV4 wants encoded. */
export function encodeValue(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** A query string in the order in which it is signed: by names. What is undefined is left out. */
export function queryOf(parameters: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value = '']) => [encodeValue(name), encodeValue(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}
