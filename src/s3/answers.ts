/** An ETag as it is compared: without the quotes that it is sent in. */
export function unquoted(etag: string | undefined): string | undefined {
  return etag?.startsWith('"') && etag.endsWith('"') && etag.length > 1 ? etag.slice(1, -1) : etag;
}

/**
 * What a write was answered. `null` is the version of an unversioned object and changes with every write, so it pins nothing.
 */
export function writeOf(answer: { ETag?: string | undefined; VersionId?: string | undefined }) {
  return {
    etag: unquoted(answer.ETag) ?? '',
    versionId: answer.VersionId === 'null' ? undefined : answer.VersionId,
  };
}

/** A key out of a listing with `encoding-type=url`. One that a store has encoded wrongly is taken as it stands: it will be no key that anybody asks for. */
export function decodedKey(key: string): string {
  if (!/[%+]/.test(key)) return key;
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}

/** Milliseconds since 1970; undefined where there is no time, or none that can be read. */
export function timeIn(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : time;
}
