import { CHECKSUM_ALGORITHMS } from '../digest/checksum.ts';
import type { Hashed, ObjectWrite } from '../flow/item.ts';
import type { NetworkOptions } from '../http/network.ts';
import type { ObjectState } from '../proof/rules/object-state.ts';
import type { ObjectOptions } from './object-options.ts';
import type { OutageNews } from './outage.ts';

/** Where the bucket is and who asks. What is missing is found as every AWS tool finds it (profile, SSO, role, IMDS). */
export interface EndpointOptions extends NetworkOptions {
  /** `https://...` of an S3-compatible store. Default: AWS. */
  readonly endpointUrl?: string | undefined;
  /**
   * Default: the SDK's chain. With an endpoint URL it is us-east-1 if that finds none, and if there are credentials but no
   * profile.
   */
  readonly region?: string | undefined;
  /** A profile of the shared AWS configuration files. */
  readonly profile?: string | undefined;
  readonly credentials?: Credentials | undefined;
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`. Default: true with an endpoint URL, but for an ARN. */
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
  /** Bytes above which a file goes up in parts, and the least size of those. Default 8 MiB; S3 takes 5 MiB to 5 GiB. */
  readonly partSizeBytes?: number | undefined;
  /** `sdk` sends everything through the SDK. Default `auto`: plain S3 goes through the signed-http transport. */
  readonly transport?: 'auto' | 'sdk' | undefined;
  /**
   * Whether the SHA-256 of every body is signed over plain HTTP, where else the signed Content-MD5 protects it, if there is
   * one. Default false. Over TLS it never is.
   */
  readonly signPayload?: boolean | undefined;
  /**
   * By what the store checks each body and, where a checksum is named, what it stores with the object and is asked for as the
   * proof, with a HEAD for each file. `md5`: Content-MD5 alone. A checksum goes beside Content-MD5 on AWS, and instead of it
   * elsewhere. Default `auto`: Content-MD5, and on AWS CRC-32, too; elsewhere CRC-32 where the ETag cannot serve (SSE-KMS,
   * SSE-C).
   */
  readonly checksum?: ChecksumChoice | undefined;
  /** Whether the MD5 of a file that is sent in parts is computed, too. Default true. */
  readonly wholeMd5?: boolean | undefined;
  /**
   * Whether an upload in parts goes on where an earlier one of the same file has ended, and leaves its parts for the next
   * one when it fails. Default: for files over 256 MiB.
   */
  readonly resume?: boolean | undefined;
  /**
   * How long the object is looked for after a completion of an upload in parts got no answer, before the completion is sent
   * once more, or given up. Seconds; default 300.
   */
  readonly completionLookSeconds?: number | undefined;
  /** Whether who asks pays for the requests, and not the bucket's owner. Default false. */
  readonly requesterPays?: boolean | undefined;
  /** Told when the store asks for fewer requests (503 SlowDown, 429). */
  readonly onSlowDown?: (() => void) | undefined;
  /**
   * How long requests wait for an endpoint that has answered before and is away as a whole, in seconds. After that they
   * fail with `EndpointLost`. Default 0: they do not wait.
   */
  readonly maxOutageSeconds?: number | undefined;
  /** Told when the endpoint is away as a whole, and when it is back. */
  readonly onOutage?: ((news: OutageNews) => void) | undefined;
  /** Whether the endpoint is known to be there, so that an outage can begin with the first request. Default false. */
  readonly isReached?: boolean | undefined;
  /** Ends requests in flight. */
  readonly signal?: AbortSignal | undefined;
}

export const CHECKSUM_CHOICES = ['auto', 'md5', ...CHECKSUM_ALGORITHMS] as const;
export type ChecksumChoice = (typeof CHECKSUM_CHOICES)[number];

/** What the store answered to an upload. Not a proof. */
export interface UploadAnswer extends ObjectWrite {
  readonly attempts: number;
  /** Bytes of it that an earlier, unfinished upload had sent. */
  readonly resumedBytes: number;
}

/** Which object is meant, and which write of it. */
export interface ObjectPin {
  readonly key: string;
  readonly etag?: string | undefined;
  readonly versionId?: string | undefined;
}

/** A pin, or one part of an object that was uploaded in parts. */
export interface HeadRequest extends ObjectPin {
  /** From 1. */
  readonly partNumber?: number | undefined;
}

/** Bytes from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Bytes of an object, and what S3 says of it. */
export interface ObjectBytes extends ObjectState {
  /** Of the whole object. */
  readonly size: number;
  readonly bytes: Buffer;
  /** User metadata, names in lower case, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether its ETag can be a digest of its content, which it is not with SSE-KMS or SSE-C. */
  readonly etagIsDigest: boolean;
}

/** An object as a listing shows it. */
export interface ListedObject {
  readonly key: string;
  /** Bytes; undefined if the listing does not tell, or tells what is no size. */
  readonly size: number | undefined;
  readonly etag: string | undefined;
  /** When it was written, by the store's clock: milliseconds since 1970. Of a multipart upload on AWS when it began. */
  readonly lastModified: number | undefined;
  /** Undefined where the store names none, which means STANDARD. */
  readonly storageClass: string | undefined;
}

/** One version of an object, or that it was deleted. */
export interface ListedVersion extends ListedObject {
  /** `null` where it was written while the bucket kept no versions. */
  readonly versionId: string;
  readonly isDeleteMarker: boolean;
  readonly isLatest: boolean;
}

/** How an archived object is to be made readable. */
export interface ArchiveRequest {
  /** For how long; undefined for INTELLIGENT_TIERING, where it comes back for good. */
  readonly days: number | undefined;
  /** How fast, and at what price: minutes, hours, up to two days. */
  readonly tier: 'Expedited' | 'Standard' | 'Bulk';
}

/** What S3 answered: it has begun, had begun before, or the object can be read already. */
export type ArchiveAnswer = 'requested' | 'under way' | 'readable';

export interface ListRequest {
  readonly prefix: string;
  /** Only keys after this one. */
  readonly startAfter?: string | undefined;
  /** Where a store that lists in no order, and so knows no `startAfter`, is to go on: as its last page said. */
  readonly continuationToken?: string | undefined;
  /** 1 to 1,000. */
  readonly maxKeys?: number | undefined;
}

export interface ListPage {
  readonly objects: readonly ListedObject[];
  /** Whether there are more after the last one. */
  readonly truncated: boolean;
  /** The token for the next page. */
  readonly next?: string | undefined;
  /** When it was answered, by the store's clock, in whole seconds: milliseconds since 1970. */
  readonly answeredAt?: number | undefined;
}

/** What a write must find under its key: nothing, or the object of this ETag. */
export type WriteCondition = Pick<Hashed, 'ifAbsent' | 'ifMatch'>;
