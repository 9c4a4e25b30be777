/** An ETag without the quotes that it is sent in, and without the mark of a weak one, which proxies add that compress. */
export function unquoted(etag: string | undefined): string | undefined {
  const text = etag?.startsWith('W/"') ? etag.slice(2) : etag;
  return text?.startsWith('"') && text.endsWith('"') && text.length > 1 ? text.slice(1, -1) : text;
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

/** Bytes; undefined if this is no size. */
export function sizeOf(value: number | undefined): number | undefined {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? value : undefined;
}

/** Bytes; undefined if there is no size, or none that can be read. */
export function sizeIn(text: string | undefined): number | undefined {
  return sizeOf(/^\d+$/.test(text ?? '') ? Number(text) : undefined);
}

/** Milliseconds since 1970; undefined where there is no time, or none that can be read. */
export function timeIn(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : time;
}

/** What `encoding-type=url` leaves as it is, or makes of the rest. */
const ENCODED = /^(?:[\w.~!*'()/-]|%[0-9A-Fa-f]{2})*$/;

/**
 * A key as ListMultipartUploads has it when it is asked for `encoding-type=url`. Ceph 16 encodes keys then and does not say
 * so, other stores do neither.
 *
 * @param isSaid Whether the answer says that its keys are encoded.
 */
export function listedKey(key: string, isSaid: boolean): string {
  return isSaid || ENCODED.test(key) ? decodedKey(key) : key;
}
