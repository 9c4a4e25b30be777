import type { ManifestEntry } from '../manifest/manifest.ts';
import type { ListedObject, ObjectPin } from '../s3/store.ts';

/** An object that a listing or a manifest names, or the wanted version of it. */
export interface Listed extends ListedObject, ObjectPin {
  /** The key without the prefix. */
  readonly path: string;
  readonly etag: string | undefined;
  /** Record that a run made of the object: only this content is wanted. Undefined if any content is. */
  readonly recorded?: ManifestEntry | undefined;
  /** Whether this object is newer than the wanted time and nothing tells which object the key had then. Default false. */
  readonly isWantedVersionUnknown?: boolean | undefined;
}

/** An object that is selected for the restore. Its `path` is valid and lies below the target folder. */
export interface Chosen extends Listed {
  /** Size in bytes. */
  readonly size: number;
  readonly kind: 'file' | 'folder' | 'link';
}

/** A selected object without an equal local file. */
export interface Missing extends Chosen {
  /** Whether a local file has the object's name and size, and nothing that S3 reports tells whether it is equal. */
  readonly mayBeEqual: boolean;
}
