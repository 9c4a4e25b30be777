import type { Hashed } from '../item.ts';
import type { SourceContent } from '../source/content.ts';
import type { KeyLookup } from './key-lookup.ts';
import { partSizeFor, readPartsEtag } from './parts.ts';
import { type Judgement, judge, type ObjectState, stateListed } from './proof.ts';
import type { Store } from './store.ts';
import { StoreError } from './store-error.ts';

/**
 * What is under a key: read from a listing where one is worth it, else by HEAD. Undefined when there is nothing.
 *
 * @throws StoreError
 */
export async function objectUnder(
  key: string,
  { store, lookup }: { readonly store: Store; readonly lookup?: KeyLookup | undefined },
): Promise<ObjectState | undefined> {
  const listed = (await lookup?.find(key)) ?? 'unknown';
  if (listed === 'absent') return undefined;
  return listed === 'unknown' ? headOrNothing(store, { key }) : stateListed(listed);
}

/** HEAD, for what need not be there. */
export async function headOrNothing(
  store: Store,
  pin: Parameters<Store['head']>[0],
): Promise<ObjectState | undefined> {
  try {
    return await store.head(pin);
  } catch (error) {
    if (error instanceof StoreError && error.status === 404) return undefined;
    throw error;
  }
}

/** What an object is, beside a file's content. */
export interface Compared {
  readonly judgement: Judgement;
  /** What S3 said of the object when this was judged. */
  readonly state: ObjectState;
  /** The ETag that the file has as a multipart upload of the object's kind. */
  readonly partsEtag: string | undefined;
}

/**
 * Compares an object with a file's content: by the listing where its ETag tells, else (SSE-KMS, for example) by the
 * checksum that HEAD reports.
 *
 * @param readsAnyway Whether a file of several parts is read where number and size of the parts already tell that its
 *   ETag cannot be the object's.
 * @throws StoreError, and SourceError where the file cannot be read or changes
 */
export async function compareContent(
  found: ObjectState,
  { key, content }: Pick<Hashed, 'key' | 'content'>,
  store: Store,
  readsAnyway = false,
): Promise<Compared> {
  const partsEtag = await partsEtagLike(found, content, store, readsAnyway);
  const { size, md5, crc32 } = content;
  const compared = (state: ObjectState): Compared => {
    const judgement = judge(state, { size, md5, crc32, partsEtag, etag: state.etag ?? '' });
    return { judgement, state, partsEtag };
  };
  const first = compared(found);
  const isOpen = first.judgement.kind === 'unproved' && found.crc32 === undefined && md5 !== undefined;
  return isOpen ? compared(await store.head({ key })) : first;
}

/** Reads a file of several parts, where nothing else tells its content from the object's. */
async function partsEtagLike(
  found: ObjectState,
  content: SourceContent,
  { partSize: least }: Store,
  readsAnyway: boolean,
): Promise<string | undefined> {
  if (found.size !== content.size || content.md5 !== undefined) return undefined;
  const parts = Number(/-(\d+)$/.exec(found.etag ?? '')?.[1] ?? 1);
  const partSize = parts === 1 ? content.size : partSizeFor(content.size, least);
  if (parts !== Math.ceil(content.size / partSize) && !readsAnyway) return undefined;
  // As much as a part: otherwise a thousand large files would be read at once, 1 MiB of each in memory.
  await content.reserve(least);
  try {
    return await readPartsEtag(content, partSize);
  } finally {
    content.releaseBytes();
  }
}
