import type { PartLayout } from '../digest/part-layout.ts';
import type { Store } from '../s3/store.ts';
import { StoreError } from '../s3/store-error.ts';
import type { ObjectPin } from '../s3/store-types.ts';
import { stretchesOf } from './unequal-parts.ts';

const MIB = 1024 * 1024;

/** Part sizes that upload programs choose, in MiB, the commonest first. */
const USUAL_MIB = [8, 5, 16, 10, 15, 20, 25, 32, 50, 64, 100, 128, 250, 256, 500, 512, 1024];

/** Number of parts that an ETag names; undefined for the ETag of an object that was sent whole. */
export function partCountOf(etag: string | undefined): number | undefined {
  const [, parts] = /-([1-9]\d{0,4})$/.exec(etag ?? '') ?? [];
  return parts === undefined ? undefined : Number(parts);
}

/** Limit for guessed part sizes: each guess costs a reading of the file. */
const MAX_GUESSES = 16;

type PartedObject = ObjectPin & { readonly size: number };

/** Possible part sizes of a multipart object. */
export interface PartSizes {
  /** Sizes, the likeliest first. */
  readonly sizes: readonly PartLayout[];
  /** Whether S3 reported the size, so that no other is possible. */
  readonly areReported: boolean;
}

/** For an object that was sent whole. */
export const NO_PARTS: PartSizes = { sizes: [], areReported: false };

/**
 * Finds the possible part sizes of a multipart object. If S3 reports the size (HeadObject with `partNumber`), only that one is
 * returned. Else these sizes are tried, and those that result in the right number of parts are returned: the one that a
 * backup would choose, the usual ones, and multiples of a MiB.
 *
 * @param parts Number of parts, as the ETag names it.
 * @throws StoreError
 */
export async function partSizesOf(object: PartedObject, parts: number, store: Store): Promise<PartSizes> {
  const { size } = object;
  if (parts === 1) return { sizes: [Math.max(1, size)], areReported: true };
  const fits = (partSize: number) => Math.ceil(size / partSize) === parts;
  const told = await sizeOfPart(object, 1, store);
  if (told !== undefined && told > 0 && told < size) {
    if (fits(told)) return { sizes: [told], areReported: true };
    const stretches = await stretchesOf(parts, size, (part) => sizeOfPart(object, part, store));
    return stretches ? { sizes: [stretches], areReported: true } : { sizes: [], areReported: false };
  }
  const known = [store.partSizeFor(size), ...USUAL_MIB.map((mib) => mib * MIB)];
  const guesses = new Set(known.filter(fits));
  for (let next = Math.ceil(size / parts / MIB) * MIB; fits(next); next += MIB) {
    if (guesses.size >= MAX_GUESSES) break;
    guesses.add(next);
  }
  return { sizes: [...guesses], areReported: false };
}

/**
 * Whether all parts but the last have the same size. If not, an ETag that was computed with this part size refutes nothing.
 *
 * @param parts Number of parts.
 * @param partSize Size of the first part in bytes, as S3 reports it.
 * @throws StoreError
 */
export async function areEqualParts(
  object: PartedObject,
  parts: number,
  partSize: number,
  store: Store,
): Promise<boolean> {
  if (parts <= 2) return true;
  return (await sizeOfPart(object, parts, store)) === object.size - (parts - 1) * partSize;
}

/** Size of one part in bytes; undefined if the store refuses part numbers. Some stores answer for the whole object instead. */
async function sizeOfPart(
  { key, versionId }: ObjectPin,
  partNumber: number,
  store: Store,
): Promise<number | undefined> {
  try {
    return (await store.head({ key, versionId, partNumber })).size;
  } catch (error) {
    if (error instanceof StoreError && [400, 416, 501].includes(error.status ?? 0)) return undefined;
    throw error;
  }
}
