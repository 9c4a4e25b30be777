/** A text without quotes, up to its comment, or why it cannot be told where that begins. */
export type Unquoted = { readonly value: string } | { readonly problem: string };

/**
 * Reads a text that is not in quotes. A comment has white space before its sign and after it. Any other sign may belong to
 * the value (`#recycle`, `abc#def`), and so may one that leaves no value, or only the beginning of a list: these are
 * refused, because the value would be less than was written.
 *
 * @param raw one line, trimmed
 * @param sign finds the first sign that is not escaped: `#`, in INI also `;`
 */
export function unquoted(raw: string, sign: RegExp): Unquoted {
  const at = raw.search(sign);
  if (at < 0) return { value: raw };
  const shown = raw[at];
  const value = raw.slice(0, at).trim();
  if (value === '' || value.endsWith(','))
    return {
      problem: `a value is missing before ${shown}; put the value in quotes, or leave out the comment`,
    };
  const isComment = /\s/.test(raw[at - 1] ?? '') && /^(?:#+|;+)(?:\s|$)/.test(raw.slice(at));
  if (isComment) return { value };
  return {
    problem: `${shown} may belong to the value: put the value in quotes, or a space before and after the ${shown} of a comment`,
  };
}
