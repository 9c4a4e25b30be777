import { type Hashed, type Item, open, settle, type Uploaded } from '../item.ts';
import type { RunControl } from '../run-control.ts';
import type { Store } from '../s3/store.ts';
import { fatalFrom, StoreError } from '../s3/store-error.ts';
import { SourceError } from '../source/source-error.ts';
import { type Stage, stage } from '../stage.ts';

export interface UploadOptions {
  readonly store: Store;
  /** Files in flight at once. Default 16. */
  readonly concurrency?: number | undefined;
  readonly control?: RunControl | undefined;
}

/**
 * Stage 4: sends each file to S3, whole with Content-MD5 or in parts with a Content-MD5 each.
 *
 * - In: hashed files. Out: uploaded ones, with what S3 answered. That answer is no proof.
 * - Settles: UPLOAD_FAILED; FILE_CHANGED and UNREADABLE for files that are read on the way; INTERRUPTED, RUN_FAILED.
 * - Gives the memory of the bytes back; the file stays open.
 * - Ends the run where the destination is lost (credentials, bucket).
 */
export function upload(options: UploadOptions): Stage<Hashed, Uploaded> {
  const { store, control } = options;
  return stage(options.concurrency ?? 16, async (file: Hashed): Promise<Item<Uploaded>> => {
    if (control?.stopping.aborted) return settle(file, 'failed', control.reason);
    try {
      const answer = await store.upload(file.key, file.content);
      file.content.releaseBytes();
      return open({ ...file, ...answer });
    } catch (error) {
      return settleFailure(file, error, options);
    }
  });
}

function settleFailure(file: Hashed, error: unknown, { store, control }: UploadOptions): Item<never> {
  if (error instanceof SourceError) {
    return settle(file, error.fate, { code: error.code, reason: error.message });
  }
  if (!(error instanceof StoreError)) throw error;
  const fatal = fatalFrom(error, store.bucket);
  if (fatal) control?.fail(fatal);
  const { attempts } = error;
  if (control?.aborting.aborted) return settle(file, 'failed', { ...control.reason, attempts });
  return settle(file, 'failed', { code: 'UPLOAD_FAILED', reason: error.message, attempts });
}
