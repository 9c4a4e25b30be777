import { type Item, type Selected, settle } from '../flow/item.ts';

/** Which differences between keys a store does not see. */
export type KeyFolding = 'none' | 'unicode' | 'case' | 'both';

/** Keys as a store compares them that folds Unicode forms, upper and lower case, or both. */
export function foldKey(key: string, folding: KeyFolding): string {
  const form = folding === 'unicode' || folding === 'both' ? key.normalize('NFC') : key;
  if (folding !== 'case' && folding !== 'both') return form;
  // Upper case first: some letters have the same capital, and different small ones (ß and ss, ſ and s).
  return form.toUpperCase().toLowerCase().normalize('NFC');
}

/** Settles a file whose key another one shares. */
export function collides(
  file: Selected,
  {
    collisions,
    keyFolding: folding = 'none',
  }: { collisions?: ReadonlySet<string> | undefined; keyFolding?: KeyFolding | undefined },
): Item<never> | undefined {
  if (!collisions?.has(foldKey(file.key, folding))) return undefined;
  const reason = `another file has this key, as the store reads keys (key_folding: ${folding})`;
  return settle(file, 'failed', { code: 'KEY_COLLISION', reason });
}
