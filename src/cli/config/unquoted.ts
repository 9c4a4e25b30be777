/** The value of an unquoted text without its comment, or the reason why it is unclear where the comment begins. */
export type Unquoted = { readonly value: string } | { readonly problem: string };

/**
 * Reads a text without quotes, up to its comment.
 *
 * @param raw One line, trimmed.
 * @param sign Finds the first unescaped sign of a comment: `#`, and `;` in INI.
 */
export function unquoted(raw: string, sign: RegExp): Unquoted {
  const at = raw.search(sign);
  if (at < 0) return { value: raw };
  const value = raw.slice(0, at);
  const problem = commentProblem(value, raw.slice(at));
  return problem === undefined ? { value: value.trim() } : { problem };
}

/**
 * Reason why a sign may belong to the value before it; undefined if a comment begins there. A comment has white space before
 * its sign and after it. Any other sign may be part of the value (`#recycle`, `abc#def`). So may a sign that leaves no value,
 * or only the beginning of a list, since the value would then be less than was written.
 *
 * @param value Text before the sign, with the white space at its end.
 * @param comment Text from the sign on.
 */
export function commentProblem(value: string, comment: string): string | undefined {
  const sign = comment[0] ?? '';
  if (/^\s*$|,\s*$/.test(value))
    return `a value is missing before ${sign}; put the value in quotes, or leave out the comment`;
  if (/\s$/.test(value) && /^(?:#+|;+)(?:\s|$)/.test(comment)) return undefined;
  return `${sign} may belong to the value: put the value in quotes, or a space before and after the ${sign} of a comment`;
}
