/**
 * Reads a list from one text, as the environment and INI files have it: separated by commas, or a JSON array. A comma inside
 * brackets belongs to a glob (`*.{jpg,png}`) and separates nothing; neither does a comma after a backslash.
 *
 * @returns the trimmed items, without empty ones; for a JSON array whatever it holds, which the schema validates
 */
export function parseList(text: string): unknown[] {
  return jsonArray(text) ?? splitOutsideBrackets(text);
}

function jsonArray(text: string): unknown[] | undefined {
  if (!text.trimStart().startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined; // `[ab]*.txt` is a glob
  }
}

function splitOutsideBrackets(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const token of text.match(/\\.|[^\\]|\\$/gsu) ?? []) {
    if ('{[('.includes(token)) depth += 1;
    else if ('}])'.includes(token)) depth = Math.max(0, depth - 1);
    if (token === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += token;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}
