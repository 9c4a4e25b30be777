import type { StoredObject } from './list-stored.ts';

/** Number and total size of objects. */
export interface Amount {
  objects: number;
  bytes: number;
}

/** The line of `s3-backup ls --summary --json`. */
export interface StoredSummary extends Amount {
  /** Amounts by storage class, the largest first. */
  readonly classes: readonly (Amount & { readonly class: string })[];
  /** Amounts by the time since the objects were stored, the youngest first. Each object counts once; the last one has no limit. */
  readonly ages: readonly (Amount & { readonly younger_than_days: number | null })[];
}

const DAY_MS = 86_400_000;
const LIMITS_DAYS = [1, 7, 30, 90, 365];

/**
 * Adds up listed objects. An object whose size or time the store does not report counts as 0 bytes, and as the oldest.
 *
 * @param now The present time by the store's clock, in milliseconds since 1970. Called when the first object has come.
 */
export async function summarizeStored(
  objects: AsyncIterable<StoredObject>,
  now: () => number,
): Promise<StoredSummary> {
  const total: Amount = { objects: 0, bytes: 0 };
  const classes = new Map<string, Amount>();
  const ages = [...LIMITS_DAYS, null].map((days) => ({ younger_than_days: days, objects: 0, bytes: 0 }));
  const oldest = ages.at(-1) as Amount;
  for await (const object of objects) {
    const ofClass = classes.get(object.class) ?? { objects: 0, bytes: 0 };
    classes.set(object.class, ofClass);
    const ageMs = object.stored === null ? Number.POSITIVE_INFINITY : now() - Date.parse(object.stored);
    const ofAge =
      ages.find(({ younger_than_days: days }) => days !== null && ageMs < days * DAY_MS) ?? oldest;
    for (const amount of [total, ofClass, ofAge]) {
      amount.objects += 1;
      amount.bytes += object.size ?? 0;
    }
  }
  const byClass = [...classes].map(([name, amount]) => ({ class: name, ...amount }));
  return { ...total, classes: byClass.sort((a, b) => b.bytes - a.bytes), ages };
}
