/**
 * Copies an object and adds properties, as `{ ...object, ...added }` does, for copies that are made several times a file.
 * The spread is slow if the copy gets properties that the object lacks (docs/performance.md).
 */
export function assignCopy<T extends object, U extends object>(object: T, added: U): T & U {
  return Object.assign({}, object, added);
}
