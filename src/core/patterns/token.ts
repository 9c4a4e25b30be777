/** A piece of a pattern. */
export type Token =
  /** Text of a name, written for picomatch: every character is literal, except `?` and closed brackets. */
  | { readonly kind: 'text'; readonly glob: string }
  /** Any part of a name; `**` as a whole segment is any part of a path. */
  | { readonly kind: 'star'; readonly stars: number }
  | { readonly kind: 'slash' }
  /** One of several globs. */
  | { readonly kind: 'braces'; readonly options: readonly Glob[] };

export type Glob = readonly Token[];

/** A pattern that cannot be used. `message` gives the reason, and follows "cannot be used: ". */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

/** Whether a token, or one inside its braces, fulfils a condition. */
export function holds(token: Token, isWanted: (token: Token) => boolean): boolean {
  if (token.kind !== 'braces') return isWanted(token);
  return token.options.some((option) => option.some((inner) => holds(inner, isWanted)));
}

export function isStar(token: Token): boolean {
  return token.kind === 'star';
}

export function isSlash(token: Token): boolean {
  return token.kind === 'slash';
}

export function isGlobstar(token: Token): boolean {
  return token.kind === 'star' && token.stars === 2;
}

/** Splits a glob at the separators. */
export function splitAt(glob: Glob, isSeparator: (token: Token) => boolean): Glob[] {
  const parts: Token[][] = [[]];
  for (const token of glob) {
    if (isSeparator(token)) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}
