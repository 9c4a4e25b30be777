import type { Checksums } from '../../digest/checksum.ts';

/** What S3 reports of an object. */
export interface ObjectState {
  /** Size in bytes; undefined if the store does not report it. */
  readonly size: number | undefined;
  /** ETag without quotes. */
  readonly etag: string | undefined;
  /** Undefined in a listing, and in a bucket without versioning. */
  readonly versionId: string | undefined;
  /** Checksums in base64 that S3 stores with the object. */
  readonly checksums: Readonly<Checksums>;
  /** Whether the ETag can be a digest of the content. False with SSE-KMS and SSE-C; undefined in a listing. */
  readonly etagIsDigest?: boolean | undefined;
  /** Undefined if the store names none, which means STANDARD. */
  readonly storageClass?: string | undefined;
  /** User metadata by lower-case name without `x-amz-meta-`; undefined in a listing. Never a proof. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** State of an object as far as a listing (ListObjectsV2) reports it. */
export function stateFromListing({
  size,
  etag,
  storageClass,
}: Pick<ObjectState, 'size' | 'etag' | 'storageClass'>): ObjectState {
  return {
    size,
    etag,
    versionId: undefined,
    checksums: {},
    storageClass,
  };
}
