import type { Checksums } from '../../digest/checksum.ts';

/** What S3 says of an object that it holds. */
export interface ObjectState {
  /** Bytes. */
  readonly size: number | undefined;
  /** Without quotes. */
  readonly etag: string | undefined;
  readonly versionId: string | undefined;
  readonly checksums: Readonly<Checksums>;
  /** Whether its ETag can be a digest of its content, which it is not with SSE-KMS or SSE-C; undefined in a listing. */
  readonly etagIsDigest?: boolean | undefined;
  /** Undefined where the store names none, which means STANDARD, or was not asked. */
  readonly storageClass?: string | undefined;
  /** User metadata by its names in lower case, without `x-amz-meta-`; undefined in a listing. Never a proof. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** As much as a listing says. */
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
