import type { Readable } from 'node:stream';

/** Longest line that is waited for, in characters. */
const LONGEST_LINE = 16_384;

/** Hands on what a stream brings as text of whole lines, each with its line end. A line that is longer than 16 KiB is handed on in pieces. */
export function wholeLines(stream: Readable, onText: (lines: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const all = rest + text;
    const end = all.length > LONGEST_LINE ? all.length : all.lastIndexOf('\n') + 1;
    if (end > 0) onText(endedLine(all.slice(0, end)));
    rest = all.slice(end);
  });
  stream.once('end', () => {
    if (rest !== '') onText(endedLine(rest));
  });
  stream.once('error', () => undefined);
}

function endedLine(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
