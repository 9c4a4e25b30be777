import type { Store } from '../s3/store.ts';
import { StoreError } from '../s3/store-error.ts';
import type { ObjectPin } from '../s3/store-types.ts';

const MIB = 1024 * 1024;

/** What upload programs choose, in MiB, the commonest first. */
const USUAL_MIB = [8, 5, 16, 10, 15, 20, 25, 32, 50, 64, 100, 128, 250, 256, 500, 512, 1024];

/** Of how many parts an ETag is, or undefined where it is that of a whole body. */
export function partCountOf(etag: string | undefined): number | undefined {
  const [, parts] = /-([1-9]\d{0,4})$/.exec(etag ?? '') ?? [];
  return parts === undefined ? undefined : Number(parts);
}

/** Every guess costs a reading of the file. */
const MAX_GUESSES = 16;

type PartedObject = ObjectPin & { readonly size: number };

export interface PartSizes {
  /** Bytes; all parts but the last are taken to be equal. */
  readonly sizes: readonly number[];
  /** Whether S3 has told, so that they can be of no other size. */
  readonly areReported: boolean;
}

export const NO_PARTS: PartSizes = { sizes: [], areReported: false };

/**
 * The sizes that the parts of a multipart upload may have had: the one that S3 tells, where it does, else those that make as
 * many parts of it, of the size that a backup would choose, of the usual ones, and of whole MiB.
 *
 * @throws StoreError
 */
export async function partSizesOf(object: PartedObject, parts: number, store: Store): Promise<PartSizes> {
  const { size } = object;
  if (parts === 1) return { sizes: [Math.max(1, size)], areReported: true };
  const fits = (partSize: number) => Math.ceil(size / partSize) === parts;
  const told = await sizeOfPart(object, 1, store);
  if (told !== undefined && told > 0 && told < size)
    return fits(told) ? { sizes: [told], areReported: true } : { sizes: [], areReported: false };
  const known = [store.partSizeFor(size), ...USUAL_MIB.map((mib) => mib * MIB)];
  const guesses = new Set(known.filter(fits));
  for (let next = Math.ceil(size / parts / MIB) * MIB; fits(next); next += MIB) {
    if (guesses.size >= MAX_GUESSES) break;
    guesses.add(next);
  }
  return { sizes: [...guesses], areReported: false };
}

/**
 * Whether the last part is as long as it is after equal ones, so that an ETag that they do not make is of other content.
 *
 * @param partSize Of the first part, as S3 told it.
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

/** Some stores know no part numbers: they refuse them, or answer for the whole object. */
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
