import type { ChecksumAlgorithm, ChecksumType } from './checksum.ts';

/** How an object is encrypted; this endpoint records it and stores the bytes as they came. */
export interface Encryption {
  readonly algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse' | 'SSE-C';
  readonly kmsKeyId?: string | undefined;
  /** For SSE-C: base64 MD5 of the customer's key. The key itself is never stored. */
  readonly customerKeyMd5?: string | undefined;
}

/** Object Lock's hold on one version. */
export interface ObjectLock {
  readonly mode?: 'GOVERNANCE' | 'COMPLIANCE' | undefined;
  /** Milliseconds since 1970. */
  readonly retainUntil?: number | undefined;
  readonly legalHold?: 'ON' | 'OFF' | undefined;
}

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** What a client says about an object in PutObject or CreateMultipartUpload. */
export interface ObjectProperties {
  /** Content-Type, Cache-Control and their like, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** User metadata, names without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
  readonly storageClass: string;
  readonly encryption: Encryption;
  readonly lock: ObjectLock;
}

/** A checksum that is stored with an object and answered in checksum mode. */
export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64; composite values end in `-` and the number of parts. */
  readonly value: string;
  readonly type: ChecksumType;
}

/** A stretch of an object's bytes, in a blob of its own. */
export interface StoredPart {
  /** Part number; 1 for an object of one PUT. */
  readonly number: number;
  readonly blob: string;
  /** Bytes. */
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  /** Base64. */
  readonly checksums: Readonly<Partial<Record<ChecksumAlgorithm, string>>>;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/** One version of an object, or a delete marker. */
export interface ObjectVersion extends ObjectProperties {
  readonly key: string;
  /** `null` unless it was written while versioning was enabled. */
  readonly versionId: string;
  readonly deleteMarker: boolean;
  /** Milliseconds since 1970. */
  readonly modified: number;
  /** Without quotes. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  /** The bytes, in order. */
  readonly parts: readonly StoredPart[];
  /** Absent when the client gave none: unlike AWS this endpoint adds no CRC64NVME of its own. */
  readonly checksum?: StoredChecksum | undefined;
  /** Whether an archived object can be read again. */
  readonly isBack?: boolean | undefined;
  /** The multipart upload it came from, by which a repeated completion is known. */
  readonly uploadId?: string | undefined;
}

/** A multipart upload that is neither completed nor aborted, without its parts. */
export interface MultipartUpload extends ObjectProperties {
  readonly uploadId: string;
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly initiated: number;
  readonly checksumAlgorithm?: ChecksumAlgorithm | undefined;
  readonly checksumType?: ChecksumType | undefined;
}

/** A bucket's own settings. */
export interface BucketSettings {
  readonly name: string;
  readonly region: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly versioning?: 'Enabled' | 'Suspended' | undefined;
  readonly objectLock: boolean;
  /** Configuration documents as the client sent them, by sub-resource (`lifecycle`, `policy`, ...). */
  readonly documents: Readonly<Record<string, string>>;
}
