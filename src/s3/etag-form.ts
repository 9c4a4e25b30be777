import type { ObjectState } from './proof.ts';

/** What an ETag looks like: an MD5, that of a multipart upload, or nothing that says anything of the content. */
export type EtagForm = 'md5' | `parts-${number}` | 'opaque';

export function etagForm(etag: string | undefined): EtagForm {
  if (/^[0-9a-f]{32}$/.test(etag ?? '')) return 'md5';
  const [, parts] = /^[0-9a-f]{32}-(\d+)$/.exec(etag ?? '') ?? [];
  return parts === undefined ? 'opaque' : `parts-${Number(parts)}`;
}

/** Whether the ETag is no digest of the content, although it looks like one: under SSE-KMS and SSE-C. */
export function hasOpaqueEtag({ encryption }: Pick<ObjectState, 'encryption'>): boolean {
  return encryption?.startsWith('aws:kms') ?? false;
}
