import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm } from '../checksum/checksum.ts';
import { extended } from '../extended.ts';
import { type Hashed, type Item, open, settle } from '../item.ts';
import type { RunControl } from '../run-control.ts';
import type { KeyLookup } from '../s3/key-lookup.ts';
import { readPartsEtag } from '../s3/parts.ts';
import { judge, type ObjectState } from '../s3/proof.ts';
import type { Store } from '../s3/store.ts';
import { objectUnder } from '../s3/under-key.ts';
import { type Stage, stage } from '../stage.ts';
import { settleTrouble } from './trouble.ts';

/** What becomes of an object that is under the key already and has other content. */
export type Overwrite = 'always' | 'if-different' | 'never';

export interface CompareOptions {
  readonly store: Store;
  /** `always` sends every file; the others send nothing where the content is there, and `never` writes over nothing. */
  readonly overwrite: Overwrite;
  /** Finds out about many keys at once. Default: one HEAD a file. */
  readonly lookup?: KeyLookup | undefined;
  /** Whether it is known that there is nothing below the prefix. Default false. */
  readonly isEmpty?: boolean | undefined;
  /** Files in work at once. Default 16. */
  readonly concurrency?: number | undefined;
  readonly control?: RunControl | undefined;
}

/**
 * Stage 4: looks at what is under each key already.
 *
 * - In: hashed files. Out: the same; `existing` where the content is there, `ifAbsent` where nothing was,
 *   `ifMatch` where nothing but this run's own object may be written over.
 * - A file of several parts is read for this only where size and number of parts are equal.
 * - Settles as failed: OBJECT_EXISTS (other content is there, and may not be written over), UPLOAD_FAILED.
 */
export function compare(options: CompareOptions): Stage<Hashed, Hashed> {
  const { store, overwrite, isEmpty = false, control } = options;
  return stage(options.concurrency ?? 16, async (file: Hashed): Promise<Item<Hashed>> => {
    if (control?.stopping.aborted) return settle(file, 'failed', control.reason);
    if (overwrite === 'always') return open(file);
    if (isEmpty && file.writtenBefore === undefined) return open(extended(file, { ifAbsent: true }));
    try {
      const found = await objectUnder(file.key, options);
      if (found === undefined) return open(extended(file, { ifAbsent: true }));
      const partsEtag = await partsEtagLike(found, file, store);
      if (await hasContent(found, partsEtag, file, store)) {
        return open(
          extended(file, { existing: { etag: found.etag ?? '', versionId: found.versionId, partsEtag } }),
        );
      }
      if (overwrite === 'if-different') return open(file);
      // An answer without an ETag (a proxy's, perhaps) names no object of ours.
      if (found.etag !== undefined && found.etag === file.writtenBefore) {
        return open(extended(file, { ifMatch: found.etag }));
      }
      const reason = `an object of ${found.size} bytes with other content is under the key (ETag ${found.etag})`;
      return settle(file, 'failed', { code: 'OBJECT_EXISTS', reason });
    } catch (error) {
      return settleTrouble(file, error, 'UPLOAD_FAILED', options);
    }
  });
}

/** Reads a file of several parts, where nothing else tells its content from the object's. */
async function partsEtagLike(
  found: ObjectState,
  { content }: Hashed,
  store: Store,
): Promise<string | undefined> {
  if (found.size !== content.size || content.bytes !== undefined) return undefined;
  const parts = Number(/-(\d+)$/.exec(found.etag ?? '')?.[1] ?? 1);
  const partSize = parts === 1 ? content.size : store.partSizeFor(content.size);
  return parts === Math.ceil(content.size / partSize)
    ? readPartsEtag(content, partSize, store.checksum ?? 'crc32')
    : undefined;
}

/** Decided by the listing where its ETag tells; else (SSE-KMS, for example) by the checksum that HEAD reports. */
async function hasContent(
  found: ObjectState,
  partsEtag: string | undefined,
  file: Hashed,
  store: Store,
): Promise<boolean> {
  const { content, key } = file;
  const { size, md5, checksums } = content;
  if (found.size !== size || (md5 === undefined && partsEtag === undefined)) return false;
  const proves = async (state: ObjectState) => {
    for (const algorithm of reportedBy(state)) await content.addChecksum(algorithm);
    return judge(state, { size, md5, checksums, partsEtag, etag: state.etag ?? '' }).kind === 'proved';
  };
  return (await proves(found)) || (reportedBy(found).length === 0 && proves(await store.head({ key })));
}

function reportedBy({ checksums }: ObjectState): ChecksumAlgorithm[] {
  return CHECKSUM_ALGORITHMS.filter((algorithm) => checksums[algorithm] !== undefined);
}
