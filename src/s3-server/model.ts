import type { ChecksumAlgorithm, ChecksumType } from './checksum.ts';

/** Encryption of an object. It is only recorded: this endpoint stores the bytes in the clear. */
export interface Encryption {
  readonly algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse' | 'SSE-C';
  readonly kmsKeyId?: string | undefined;
  /** MD5 of the customer's key in base64, for SSE-C only. The key itself is never stored. */
  readonly customerKeyMd5?: string | undefined;
}

/** Object Lock settings of one version. */
export interface ObjectLock {
  readonly mode?: 'GOVERNANCE' | 'COMPLIANCE' | undefined;
  /** End of the retention in milliseconds since 1970. */
  readonly retainUntil?: number | undefined;
  readonly legalHold?: 'ON' | 'OFF' | undefined;
}

/** One tag of an object. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** Properties of an object that a client sends with PutObject or CreateMultipartUpload. */
export interface ObjectProperties {
  /** Standard headers stored with the object, such as `content-type`; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** User metadata by lower-case name without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
  readonly storageClass: string;
  readonly encryption: Encryption;
  readonly lock: ObjectLock;
}

/** A checksum that is stored with an object and returned if the client asks for it (`x-amz-checksum-mode`). */
export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Value in base64; composite values end in `-` and the number of parts. */
  readonly value: string;
  readonly type: ChecksumType;
}

/** One part of an object, whose bytes are in a blob of their own. */
export interface StoredPart {
  /** Part number; 1 for an object that was sent whole. */
  readonly number: number;
  /** Id of the blob. */
  readonly blob: string;
  /** Size in bytes. */
  readonly size: number;
  /** ETag without quotes. */
  readonly etag: string;
  /** Checksums in base64. */
  readonly checksums: Readonly<Partial<Record<ChecksumAlgorithm, string>>>;
  /** When the part was stored, in milliseconds since 1970. */
  readonly modified: number;
}

/** One version of an object, or a delete marker. */
export interface ObjectVersion extends ObjectProperties {
  readonly key: string;
  /** The text `null` if the version was written while versioning was not enabled. */
  readonly versionId: string;
  readonly deleteMarker: boolean;
  /** When the version was stored, in milliseconds since 1970. */
  readonly modified: number;
  /** ETag without quotes. */
  readonly etag: string;
  /** Size in bytes. */
  readonly size: number;
  /** Parts that contain the bytes, in order. */
  readonly parts: readonly StoredPart[];
  /** Undefined if the client sent none: unlike AWS this endpoint does not add a CRC64NVME. */
  readonly checksum?: StoredChecksum | undefined;
  /** Whether an archived object has a restored copy and can be read. Default false. */
  readonly isBack?: boolean | undefined;
  /** Id of the multipart upload that the version comes from, by which a repeated completion is recognised. */
  readonly uploadId?: string | undefined;
}

/** A multipart upload that is neither completed nor aborted. Its parts are in {@link OpenUpload}. */
export interface MultipartUpload extends ObjectProperties {
  readonly uploadId: string;
  readonly key: string;
  /** When the upload began, in milliseconds since 1970. */
  readonly initiated: number;
  readonly checksumAlgorithm?: ChecksumAlgorithm | undefined;
  readonly checksumType?: ChecksumType | undefined;
}

/** Settings of a bucket. */
export interface BucketSettings {
  readonly name: string;
  readonly region: string;
  /** When the bucket was created, in milliseconds since 1970. */
  readonly created: number;
  readonly versioning?: 'Enabled' | 'Suspended' | undefined;
  readonly objectLock: boolean;
  /** Configuration documents as the client sent them, by subresource (`lifecycle`, `policy`, ...). */
  readonly documents: Readonly<Record<string, string>>;
}
