import type { ListedObject } from './store-types.ts';

/** Whether a page is in the order of the keys' UTF-8 bytes and begins after the key `startAfter`. */
export function isInOrder(startAfter: string, objects: readonly ListedObject[]): boolean {
  let before = Buffer.from(startAfter);
  return objects.every(({ key }) => {
    const bytes = Buffer.from(key);
    const isAfter = before.compare(bytes) < 0;
    before = bytes;
    return isAfter;
  });
}
