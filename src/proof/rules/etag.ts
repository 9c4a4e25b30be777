/** Whether an ETag has the form of an MD5 in hex. With SSE-KMS or SSE-C it has that form without being one. */
export function looksLikeMd5(etag: string | undefined): boolean {
  return /^[0-9a-f]{32}$/i.test(etag ?? '');
}

/**
 * Whether two ETags are equal, apart from upper and lower case: some stores (Aliyun) write digests in upper case. A missing or
 * empty ETag equals no other.
 */
export function isSameEtag(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one !== '' && one.toLowerCase() === other?.toLowerCase();
}
