import type { ManifestEntry } from '../manifest/manifest.ts';
import type { ListedObject, ObjectPin } from '../s3/store.ts';

/** An object, or the version of it that is wanted, that a listing came upon, or a manifest. `path` is the key without the prefix. */
export interface Listed extends ListedObject, ObjectPin {
  readonly path: string;
  readonly etag: string | undefined;
  /** What a run has recorded of it: that content is wanted, and no other. */
  readonly recorded?: ManifestEntry | undefined;
  /** Whether this object is newer than the wanted time and nothing tells which object the key had then. Default false. */
  readonly isWantedVersionUnknown?: boolean | undefined;
}

/** ... that is to be restored: `path` is one that a file below the target folder can have. */
export interface Chosen extends Listed {
  /** Bytes. */
  readonly size: number;
  readonly kind: 'file' | 'folder' | 'link';
}

/** ... of which no equal file is here yet. */
export interface Missing extends Chosen {
  /** Whether a file of its size has the name, of which nothing that S3 reports tells whether it is equal. */
  readonly mayBeHere: boolean;
}
