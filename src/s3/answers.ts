/** Removes the quotes of an ETag, and the mark of a weak ETag, which compressing proxies add. */
export function unquoted(etag: string | undefined): string | undefined {
  const text = etag?.startsWith('W/"') ? etag.slice(2) : etag;
  return text?.startsWith('"') && text.endsWith('"') && text.length > 1 ? text.slice(1, -1) : text;
}

/**
 * The ETag and version that a write was answered with. The version `null` is that of an unversioned object and changes
 * with every write, so it identifies no write.
 */
export function writeOf(answer: { ETag?: string | undefined; VersionId?: string | undefined }) {
  return {
    etag: unquoted(answer.ETag) ?? '',
    versionId: answer.VersionId === 'null' ? undefined : answer.VersionId,
  };
}

/**
 * Decodes a key of a listing with `encoding-type=url`. A key that a store has encoded wrongly is returned unchanged: no
 * program asks for that key.
 */
export function decodedKey(key: string): string {
  if (!/[%+]/.test(key)) return key;
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}

/** A size in bytes; undefined if the value is no size. */
export function sizeOf(value: number | undefined): number | undefined {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? value : undefined;
}

/** Reads a size in bytes; undefined if the text is missing or cannot be read. */
export function sizeIn(text: string | undefined): number | undefined {
  return sizeOf(/^\d+$/.test(text ?? '') ? Number(text) : undefined);
}

/** Reads a time in milliseconds since 1970; undefined if the text is missing or cannot be read. */
export function timeIn(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : time;
}

/** A key with `encoding-type=url`: unreserved characters and percent-encoded bytes. */
const ENCODED = /^(?:[\w.~!*'()/-]|%[0-9A-Fa-f]{2})*$/;

/**
 * Decodes a key of a ListMultipartUploads answer with `encoding-type=url`. Ceph 16 encodes keys without saying so;
 * other stores do neither.
 *
 * @param isSaid Whether the answer says that its keys are encoded.
 */
export function listedKey(key: string, isSaid: boolean): string {
  return isSaid || ENCODED.test(key) ? decodedKey(key) : key;
}
