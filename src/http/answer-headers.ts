import { AnswerTooLargeError, HttpSyntaxError } from './http-error.ts';

const MAX_HEADERS = 1_000;

/**
 * Parses the header lines of an answer. Of a repeated header the last value counts.
 *
 * @param lines Header lines without their line ends and without the status line.
 * @returns header values by lower-case name
 * @throws HttpSyntaxError for a line without a name and for two different lengths; AnswerTooLargeError above 1,000 headers
 */
export function parseHeaders(lines: readonly string[]): Map<string, string> {
  if (lines.length > MAX_HEADERS)
    throw new AnswerTooLargeError(`the answer has more than ${MAX_HEADERS} headers`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) throw new HttpSyntaxError('a header of the answer has no name');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'content-length' && (headers.get(name) ?? value) !== value) {
      throw new HttpSyntaxError('the answer has two lengths');
    }
    headers.set(name, value);
  }
  return headers;
}
