/** One record of a text, without its separator. */
export interface TextRecord {
  readonly bytes: Buffer;
  /** Whether the separator was found; the last record may have been cut off. */
  readonly terminated: boolean;
}

/**
 * Splits a stream of bytes into records. Node.js's readline would also split at U+2028, which names and JSON texts may
 * hold.
 *
 * @param separator The byte that ends a record.
 * @param longest Limit of a record, in bytes; a longer record is yielded as far as it was read, and is the last one.
 */
export async function* splitRecords(
  input: AsyncIterable<Uint8Array | string>,
  separator: number,
  longest: number,
): AsyncGenerator<TextRecord, void> {
  let rest = Buffer.alloc(0);
  for await (const chunk of input) {
    rest = Buffer.concat([rest, typeof chunk === 'string' ? Buffer.from(chunk) : chunk]);
    let start = 0;
    for (let end = rest.indexOf(separator); end >= 0; end = rest.indexOf(separator, start)) {
      yield { bytes: rest.subarray(start, end), terminated: true };
      start = end + 1;
    }
    rest = rest.subarray(start);
    if (rest.length > longest) break;
  }
  yield { bytes: rest, terminated: false };
}
