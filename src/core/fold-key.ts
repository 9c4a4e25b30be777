/** Which differences between keys a store does not see. */
export type KeyFolding = 'none' | 'unicode' | 'case' | 'both';

/** Keys as a store compares them that folds Unicode forms, upper and lower case, or both. */
export function foldKey(key: string, folding: KeyFolding): string {
  const form = folding === 'unicode' || folding === 'both' ? key.normalize('NFC') : key;
  if (folding !== 'case' && folding !== 'both') return form;
  // Upper case first: some letters have the same capital, and different small ones (ß and ss, ſ and s).
  return form.toUpperCase().toLowerCase().normalize('NFC');
}
