/** The differences between keys that a store ignores. */
export type KeyFolding = 'none' | 'unicode' | 'case' | 'both';

/** Folds a key as a store does that ignores Unicode forms, case, or both: keys that are one there have the same result. */
export function foldKey(key: string, folding: KeyFolding): string {
  const form = folding === 'unicode' || folding === 'both' ? key.normalize('NFC') : key;
  if (folding !== 'case' && folding !== 'both') return form;
  // Upper case comes first: some letters share a capital but have different small letters (ß and ss, ſ and s).
  return form.toUpperCase().toLowerCase().normalize('NFC');
}
