/**
 * A copy of an object with more properties, as `{ ...object, ...added }` makes it. That takes Node.js 20 0.4 to 2.8 µs
 * wherever the copy gets properties that the object has not, and this a fifth to a twentieth of it (`npx tsx
 * bench/extended.ts`). For what is done several times a file.
 */
export function extended<T extends object, U extends object>(object: T, added: U): T & U {
  return Object.assign({}, object, added);
}
