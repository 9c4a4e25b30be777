import type { Store } from './store.ts';
import { StoreError } from './store-error.ts';
import type { ListedObject, ObjectPin } from './store-types.ts';

const MIB = 1024 * 1024;

/** What upload programs choose, in MiB, the commonest first. */
const USUAL_MIB = [8, 5, 16, 10, 15, 20, 25, 32, 50, 64, 100, 128, 250, 256, 500, 512, 1024];

/** Of how many parts an ETag is, or undefined where it is that of a whole body. */
export function partsIn(etag: string | undefined): number | undefined {
  const [, parts] = /-(\d{1,5})$/.exec(etag ?? '') ?? [];
  return parts === undefined ? undefined : Number(parts);
}

/**
 * The sizes that the parts of a multipart upload may have had: the one that S3 tells, where it does, else the usual ones that
 * make as many parts of it. All parts but the last are taken to be equal.
 *
 * @returns bytes; none where S3 tells none and no usual one fits
 * @throws StoreError
 */
export async function partSizesOf(
  object: ObjectPin & Pick<ListedObject, 'size'>,
  parts: number,
  store: Store,
): Promise<number[]> {
  const { key, versionId, size } = object;
  if (parts === 1) return [Math.max(1, size)];
  const fits = (partSize: number) => Math.ceil(size / partSize) === parts;
  const told = await sizeOfFirstPart({ key, versionId }, store);
  if (told !== undefined && told > 0 && told < size) return fits(told) ? [told] : [];
  return USUAL_MIB.map((mib) => mib * MIB).filter(fits);
}

/** Some stores know no part numbers: they refuse them, or answer for the whole object. */
async function sizeOfFirstPart(pin: ObjectPin, store: Store): Promise<number | undefined> {
  try {
    return (await store.head({ ...pin, partNumber: 1 })).size;
  } catch (error) {
    if (error instanceof StoreError && [400, 416, 501].includes(error.status ?? 0)) return undefined;
    throw error;
  }
}
