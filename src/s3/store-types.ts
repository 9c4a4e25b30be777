import type { Hashed, ObjectWrite } from '../item.ts';
import type { EndpointOptions } from './client.ts';
import type { ObjectOptions } from './object-options.ts';

export interface StoreOptions extends EndpointOptions {
  readonly bucket: string;
  readonly object?: ObjectOptions | undefined;
  /** Bytes above which a file goes up in parts, and the least size of those. Default 8 MiB; S3 takes 5 MiB to 5 GiB. */
  readonly partSizeBytes?: number | undefined;
  /** Ends requests in flight. */
  readonly signal?: AbortSignal | undefined;
}

/** What the store answered to an upload. Not a proof. */
export interface UploadAnswer extends ObjectWrite {
  readonly attempts: number;
}

/** Which object is meant, and which write of it. */
export interface ObjectPin {
  readonly key: string;
  readonly etag?: string | undefined;
  readonly versionId?: string | undefined;
}

/** An object as a listing shows it. */
export interface ListedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly etag: string | undefined;
}

export interface ListRequest {
  readonly prefix: string;
  /** Only keys after this one. */
  readonly startAfter?: string | undefined;
  /** 1 to 1,000. */
  readonly maxKeys?: number | undefined;
}

export interface ListPage {
  readonly objects: readonly ListedObject[];
  /** Whether there are more after the last one. */
  readonly truncated: boolean;
}

/** What a write must find under its key: nothing, or the object of this ETag. */
export type WriteCondition = Pick<Hashed, 'ifAbsent' | 'ifMatch'>;
