import { CHECKSUM_ALGORITHMS } from '../digest/checksum.ts';
import type { Hashed, ObjectWrite } from '../flow/item.ts';
import type { NetworkOptions } from '../http/network.ts';
import type { ObjectState } from '../proof/rules/object-state.ts';
import type { ObjectOptions } from './object-options.ts';
import type { OutageNews } from './outage.ts';

/**
 * Where the bucket is, and whose credentials sign. Missing values are looked up as AWS tools do (profile, SSO, role,
 * IMDS).
 */
export interface EndpointOptions extends NetworkOptions {
  /** URL of an S3-compatible store, `https://...`. Default: AWS. */
  readonly endpointUrl?: string | undefined;
  /**
   * Region. Default: as the SDK finds it. With an endpoint URL it is us-east-1 if the SDK finds none, and if there are
   * credentials but no profile.
   */
  readonly region?: string | undefined;
  /** A profile of the shared AWS configuration files. */
  readonly profile?: string | undefined;
  readonly credentials?: Credentials | undefined;
  /**
   * Whether requests address `endpoint/bucket/key` instead of `bucket.endpoint/key`. Default: true with an endpoint
   * URL, except for an ARN.
   */
  readonly forcePathStyle?: boolean | undefined;
  /** Connections at once. Default 16. */
  readonly connections?: number | undefined;
  /** Tries of one request, the first included. Default 5. */
  readonly maxAttempts?: number | undefined;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface StoreOptions extends EndpointOptions {
  readonly bucket: string;
  readonly object?: ObjectOptions | undefined;
  /**
   * Size in bytes above which a file is sent in parts, and minimum size of a part. Default 8 MiB; S3 accepts 5 MiB to 5
   * GiB.
   */
  readonly partSizeBytes?: number | undefined;
  /** `sdk` sends everything through the SDK. Default `auto`: plain S3 goes through the signed-http transport. */
  readonly transport?: 'auto' | 'sdk' | undefined;
  /**
   * Whether the SHA-256 of every body is signed over plain HTTP. Default false: the signed Content-MD5 protects a body
   * that has one. Over TLS no body is signed.
   */
  readonly signPayload?: boolean | undefined;
  /**
   * Digests by which the store checks each body. A checksum that is named is stored with the object, and serves as the
   * proof, for one HEAD per file. `md5`: Content-MD5 alone. A checksum is sent beside Content-MD5 on AWS, and instead
   * of it elsewhere. Default `auto`: Content-MD5, and on AWS also CRC-32; elsewhere CRC-32 if the ETag cannot serve
   * (SSE-KMS, SSE-C).
   */
  readonly checksum?: ChecksumChoice | undefined;
  /** Whether the MD5 of a file that is sent in parts is computed as well. Default true. */
  readonly wholeMd5?: boolean | undefined;
  /**
   * Whether an upload in parts resumes an earlier one of the same file, and keeps its parts for the next run if it
   * fails. Default: for files over 256 MiB.
   */
  readonly resume?: boolean | undefined;
  /**
   * How long the object is looked for if the completion of an upload in parts gets no answer, before the completion is sent
   * once more, or given up. In seconds; default 300.
   */
  readonly completionLookSeconds?: number | undefined;
  /** Whether the requester pays for the requests, and not the bucket's owner. Default false. */
  readonly requesterPays?: boolean | undefined;
  /** Called when the store asks for fewer requests (503 SlowDown, 429). */
  readonly onSlowDown?: (() => void) | undefined;
  /**
   * How long requests wait for an endpoint that has answered before and is away as a whole, in seconds. After that they
   * fail with `EndpointLost`. Default 0: they do not wait.
   */
  readonly maxOutageSeconds?: number | undefined;
  /** Called when the endpoint is away as a whole, and when it is back. */
  readonly onOutage?: ((news: OutageNews) => void) | undefined;
  /** Whether the endpoint is known to answer, so that an outage can begin with the first request. Default false. */
  readonly isReached?: boolean | undefined;
  /** Signal whose abort ends requests in flight. */
  readonly signal?: AbortSignal | undefined;
}

export const CHECKSUM_CHOICES = ['auto', 'md5', ...CHECKSUM_ALGORITHMS] as const;
export type ChecksumChoice = (typeof CHECKSUM_CHOICES)[number];

/** Answer of the store to an upload. It is not a proof. */
export interface UploadAnswer extends ObjectWrite {
  readonly attempts: number;
  /** Bytes of the file that an earlier, unfinished upload had sent. */
  readonly resumedBytes: number;
}

/** Identifies an object, and a write of it. */
export interface ObjectPin {
  readonly key: string;
  readonly etag?: string | undefined;
  readonly versionId?: string | undefined;
}

/** Identifies an object, or one part of an object that was uploaded in parts. */
export interface HeadRequest extends ObjectPin {
  /** Part number, from 1. */
  readonly partNumber?: number | undefined;
}

/** Range of bytes: from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Bytes of an object, and the facts that S3 reports about it. */
export interface ObjectBytes extends ObjectState {
  /** Size of the whole object in bytes. */
  readonly size: number;
  /** Bytes that arrived. */
  readonly length: number;
  /** Empty if a receiver was given and took the bytes as they arrived. */
  readonly bytes: Buffer;
  /** User metadata, names in lower case, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether the object's ETag can be a digest of its content. With SSE-KMS or SSE-C it cannot. */
  readonly etagIsDigest: boolean;
}

/** An object as a listing shows it. */
export interface ListedObject {
  readonly key: string;
  /** Size in bytes; undefined if the listing does not tell, or tells something that is no size. */
  readonly size: number | undefined;
  readonly etag: string | undefined;
  /**
   * When the object was written, by the store's clock: milliseconds since 1970. For a multipart upload on AWS, when the
   * upload began.
   */
  readonly lastModified: number | undefined;
  /** Storage class; undefined if the store names none, which means STANDARD. */
  readonly storageClass: string | undefined;
}

/** One version of an object, or a delete marker. */
export interface ListedVersion extends ListedObject {
  /** Version; `null` if it was written while the bucket kept no versions. */
  readonly versionId: string;
  readonly isDeleteMarker: boolean;
  readonly isLatest: boolean;
}

/** How an archived object is made readable. */
export interface ArchiveRequest {
  /** Days for which the object stays readable; undefined for INTELLIGENT_TIERING, where it stays so. */
  readonly days: number | undefined;
  /** Speed, and price: minutes, hours, or up to two days. */
  readonly tier: 'Expedited' | 'Standard' | 'Bulk';
}

/** Answer to a request for an archived object: `requested` (begun now), `under way` (begun before), or `readable`. */
export type ArchiveAnswer = 'requested' | 'under way' | 'readable';

export interface ListRequest {
  readonly prefix: string;
  /** Key after which the page begins. */
  readonly startAfter?: string | undefined;
  /** Token of the last page, with which a store that lists in no order, and so knows no `startAfter`, continues. */
  readonly continuationToken?: string | undefined;
  /** Most keys of the page, 1 to 1,000. */
  readonly maxKeys?: number | undefined;
  /** Keys that have this text behind the prefix are not listed; what they begin with, up to it, is in `folders`. */
  readonly delimiter?: string | undefined;
}

export interface ListPage {
  readonly objects: readonly ListedObject[];
  /** Beginnings of keys, each with the delimiter at its end; undefined or empty without a delimiter. */
  readonly folders?: readonly string[] | undefined;
  /** Whether more entries follow this page. */
  readonly truncated: boolean;
  /** The token for the next page. */
  readonly next?: string | undefined;
  /** Time of the answer by the store's clock, in milliseconds since 1970, precise to a second. */
  readonly answeredAt?: number | undefined;
}

/** Condition of a write: the key holds nothing, or the object of this ETag. */
export type WriteCondition = Pick<Hashed, 'ifAbsent' | 'ifMatch'>;
