/** A text without quotes, up to its comment, or why it cannot be told where that begins. */
export type Unquoted = { readonly value: string } | { readonly problem: string };

/**
 * Reads a text that is not in quotes, up to its comment.
 *
 * @param raw one line, trimmed
 * @param sign finds the first sign that is not escaped: `#`, in INI also `;`
 */
export function unquoted(raw: string, sign: RegExp): Unquoted {
  const at = raw.search(sign);
  if (at < 0) return { value: raw };
  const value = raw.slice(0, at);
  const problem = commentProblem(value, raw.slice(at));
  return problem === undefined ? { value: value.trim() } : { problem };
}

/**
 * Why a sign may belong to the value before it. A comment has white space before its sign and after it. Any other sign may be
 * a part of the value (`#recycle`, `abc#def`), and so may one that leaves no value, or only the beginning of a list: the
 * value would be less than was written.
 *
 * @param value with the white space behind it
 * @param comment from its sign on
 */
export function commentProblem(value: string, comment: string): string | undefined {
  const sign = comment[0] ?? '';
  if (/^\s*$|,\s*$/.test(value))
    return `a value is missing before ${sign}; put the value in quotes, or leave out the comment`;
  if (/\s$/.test(value) && /^(?:#+|;+)(?:\s|$)/.test(comment)) return undefined;
  return `${sign} may belong to the value: put the value in quotes, or a space before and after the ${sign} of a comment`;
}
