const ESCAPE = '\u001b';
/** A command to the terminal itself, as for its progress bar. */
const COMMAND = new RegExp(`${ESCAPE}\\][^${ESCAPE}]*${ESCAPE}\\\\`, 'g');
/** A cursor movement or a colour, a line end, or text. */
const TOKENS = new RegExp(`${ESCAPE}\\[(\\??)(\\d*)([A-Za-z])|[\\r\\n]|[^\\r\\n${ESCAPE}]+`, 'g');

/** What a terminal shows after this output: its lines. Knows what a progress line uses, and no wrapping. */
export function screenAfter(output: string): string[] {
  const lines: string[] = [''];
  let [row, column] = [0, 0];
  const put = (text: string) => {
    const line = (lines[row] ?? '').padEnd(column);
    lines[row] = line.slice(0, column) + text + line.slice(column + text.length);
    column += text.length;
  };
  for (const [token, , counted, final] of output.replace(COMMAND, '').matchAll(TOKENS)) {
    const count = Number(counted || 1);
    if (token === '\n') {
      row += 1;
      lines[row] ??= '';
    } else if (token === '\r') column = 0;
    else if (final === undefined) put(token);
    else if (final === 'A') row = Math.max(0, row - count);
    else if (final === 'B') row += count;
    else if (final === 'G') column = count - 1;
    else if (final === 'K') lines[row] = counted === '2' ? '' : (lines[row] ?? '').slice(0, column);
    else if (final === 'J') lines.splice(row, lines.length, (lines[row] ?? '').slice(0, column));
  }
  return lines.map((line) => line.trimEnd());
}
