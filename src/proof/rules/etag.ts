/** Whether an ETag has the form of an MD5 in hex, which does not make it one. */
export function looksLikeMd5(etag: string | undefined): boolean {
  return /^[0-9a-f]{32}$/i.test(etag ?? '');
}

/** Whether two ETags are of one write. Some stores (Aliyun) write digests in upper case. One that is missing or empty is equal to none. */
export function isSameEtag(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one !== '' && one.toLowerCase() === other?.toLowerCase();
}
