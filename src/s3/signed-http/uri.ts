/** Text that stays as it is in a canonical URI: unreserved characters, and the slash, which separates a key's segments. */
const PLAIN = /^[A-Za-z0-9\-._~/]*$/;

/** Encodes a key for a request's path: every byte except RFC 3986's unreserved ones; slashes are kept. */
export function encodeKey(key: string): string {
  return PLAIN.test(key) ? key : encodeValue(key).replaceAll('%2F', '/');
}

/** Encodes a value as SigV4 does. encodeURIComponent leaves five characters that SigV4 encodes. */
export function encodeValue(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Makes a query string in the order in which it is signed: by names. Undefined values are left out. */
export function queryOf(parameters: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value = '']) => [encodeValue(name), encodeValue(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}
