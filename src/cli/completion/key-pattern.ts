/** The beginning of a pattern that is being typed. */
export interface Beginning {
  /** `/` if the pattern begins with one; else ''. */
  readonly slash: '' | '/';
  /** The path that it stands for, without the slash. */
  readonly path: string;
}

/** Reads a pattern without wildcards as the beginning of a path; undefined if it has wildcards. */
export function literalOf(pattern: string): Beginning | undefined {
  const slash = pattern.startsWith('/') ? '/' : '';
  const rest = pattern.slice(slash.length);
  const plain = rest.replace(/\\(.?)/gs, '');
  if (/[*?[\]{}]/.test(plain) || (slash === '' && rest.startsWith('!'))) return undefined;
  return { slash, path: rest.replace(/\\(.?)/gs, '$1') };
}

/**
 * Writes a path as a pattern that matches it. A backslash becomes `?`, since patterns have no escape for it.
 *
 * @param slash What precedes the path in the pattern.
 */
export function patternOf(path: string, slash: Beginning['slash']): string {
  const escaped = path.replace(/[\\*?[\]{}]/g, (sign) => (sign === '\\' ? '?' : `\\${sign}`));
  return slash === '' && escaped.startsWith('!') ? `\\${escaped}` : escaped;
}
