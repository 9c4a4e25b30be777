import { MAX_WHOLE_BYTES } from '../proof/local-content.ts';
import { NO_PARTS, type PartSizes, partCountOf, partSizesOf } from '../proof/part-sizes.ts';
import { StoreError } from '../s3/store-error.ts';
import { SourceContent } from '../source/content.ts';
import { SourceError } from '../source/source-error.ts';
import { SourceFile } from '../source/source-file.ts';
import { whenDescriptorsAreFree } from '../source/when-descriptors-are-free.ts';
import { mayBeArchived } from './archived.ts';
import { type DownloadOptions, type DownloadPlan, download } from './download.ts';
import type { Fetched } from './fetched.ts';
import type { Missing } from './item.ts';
import type { ProvedOptions } from './judge-read.ts';
import { readAndProve } from './read-and-prove.ts';
import { ReceivedContent } from './received-content.ts';
import { isAboutAnotherWrite, RestoreError, replacedError } from './restore-error.ts';
import type { TargetRoot } from './target.ts';
import { TemporaryFile } from './temporary-file.ts';

/** Smaller ranges cost more in requests than they save. In bytes. */
const MIN_RANGE_BYTES = 1024 * 1024;

/** Options for reading a large object. */
export type LargeOptions = DownloadOptions & ProvedOptions;

/**
 * Downloads an object that does not fit into memory to a temporary file in its folder, and proves it. A partial file of an
 * earlier run is resumed. If it fails, the file stays if another run can resume it.
 *
 * @throws StoreError, SourceError, RestoreError, or the system's error
 */
export async function fetchLarge(file: Missing, options: LargeOptions): Promise<Fetched> {
  const { store, target } = options;
  const { key, etag, versionId, recorded } = file;
  // Reads one byte first: an archived object is found before a temporary file is made and several ranges are requested.
  if (mayBeArchived(file)) await store.read({ key, etag, versionId }, { start: 0, end: 1 });
  const { plan, partSizes } = await planDownload(file, options);
  const temporary = await whenDescriptorsAreFree(() => new TemporaryFile(target, file, true));
  let resumedBytes = 0;
  const attempt = async () => {
    const downloaded = await download(file, temporary, plan, options);
    resumedBytes = downloaded.resumedBytes;
    temporary.requireInPlace();
    const content = new ReceivedContent(file.size, downloaded.digests, () => openToRead(temporary, options));
    return {
      object: { ...file, ...downloaded.answer, partSizes },
      content,
      isResumed: resumedBytes > 0,
      close: () => content.close(),
    };
  };
  try {
    const result = await readAndProve(attempt, { ...options, recorded }, () => temporary.truncate(0));
    return { ...file, ...result, body: { temporary }, resumedBytes };
  } catch (error) {
    if (error instanceof StoreError && !isAboutAnotherWrite(error)) temporary.leave();
    else temporary.discard();
    throw error;
  }
}

/** Ranges are the object's parts if these are known: then the MD5s of the ranges prove it. */
async function planDownload(
  file: Missing,
  { store }: LargeOptions,
): Promise<{ plan: DownloadPlan; partSizes: PartSizes }> {
  const { etag } = file;
  const parts = partCountOf(etag);
  const partSizes = parts === undefined ? NO_PARTS : await partSizesOf(file, parts, store);
  const [partSize] = partSizes.sizes;
  return typeof partSize === 'number' && partSize >= MIN_RANGE_BYTES
    ? { plan: { rangeBytes: partSize, needsRangeMd5s: true }, partSizes }
    : { plan: { rangeBytes: MAX_WHOLE_BYTES, needsRangeMd5s: false }, partSizes };
}

/** Opens the temporary file for reading, in addition to the descriptor that writes. */
async function openToRead(
  temporary: TemporaryFile,
  { target, reading }: LargeOptions,
): Promise<SourceContent> {
  const opened = await whenDescriptorsAreFree(() => openAgain(temporary, target));
  const content = new SourceContent(opened, reading);
  if (temporary.is(content.identity)) return content;
  content.close();
  throw replacedError();
}

function openAgain({ path }: TemporaryFile, root: TargetRoot): SourceFile {
  try {
    return SourceFile.open({ root, path });
  } catch (error) {
    if (!(error instanceof SourceError) || error.code !== 'NOT_FOUND') throw error;
    // `requireInPlace` has just found the file under this name.
    throw new RestoreError(
      'WRITE_FAILED',
      'its file system cannot read a file that is open for writing (rclone mount: --vfs-cache-mode writes)',
    );
  }
}
