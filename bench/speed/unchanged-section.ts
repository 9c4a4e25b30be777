const BEGIN = '<!-- bench:unchanged begin: written by `npm run bench:unchanged -- --write` -->';
const END = '<!-- bench:unchanged end -->';

/** The results with another section about unchanged files, or with their first. */
export function withUnchanged(results: string, section: string): string {
  const old = unchangedIn(results);
  const marked = `${BEGIN}\n\n${section}\n\n${END}`;
  return old === undefined ? `${results.trimEnd()}\n\n${marked}\n` : results.replace(old, () => marked);
}

/** That section with its marks, which the other benches leave as it is; undefined where there is none. */
export function unchangedIn(results: string): string | undefined {
  const [begin, end] = [results.indexOf(BEGIN), results.indexOf(END)];
  return begin < 0 || end < 0 ? undefined : results.slice(begin, end + END.length);
}
