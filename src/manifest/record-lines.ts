import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { BackupError, messageOf } from '../core/errors.ts';
import { splitRecords } from '../flow/split-records.ts';
import { StoreError } from '../s3/store-error.ts';
import { parseJson } from './entry-check.ts';

/** Limit for a line, in bytes. A path and a key of 1,024 bytes each take 12,000 bytes if every character is escaped. */
const LONGEST_LINE = 64 * 1024;
const NEWLINE = 10;
const GZIP = 0x1f;
/** Limit for the lines of a report before its lists. There is one field a line, about thirty in all. */
const MAX_FIELDS = 200;

/** Makes the error for a record that cannot be used. @param why Completes "cannot be used: ". */
export type Refuse = (why: string) => BackupError;

/**
 * Yields the lines of a manifest (compressed with gzip or not) or of a report, so that neither has to fit into memory.
 *
 * @throws BackupError as `refuse` makes it; StoreError if the bytes come from a store
 */
export async function* linesOf(
  input: AsyncIterable<Uint8Array>,
  refuse: Refuse,
): AsyncGenerator<string, void> {
  try {
    for await (const { bytes, terminated } of splitRecords(unzipped(input), NEWLINE, LONGEST_LINE)) {
      if (bytes.length > LONGEST_LINE) throw refuse('it breaks off: a line is too long');
      if (!terminated && bytes.length > 0) throw refuse('it breaks off within a line');
      if (terminated) yield bytes.toString();
    }
  } catch (error) {
    throw error instanceof BackupError || error instanceof StoreError ? error : refuse(messageOf(error));
  }
}

async function* unzipped(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const chunks = input[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done) return;
  const all = async function* () {
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => chunks };
  };
  if (first.value[0] === GZIP) yield* pipeline(Readable.from(all()), createGunzip(), () => undefined);
  else yield* all();
}

/** Reads the fields of a report that stand before its lists. */
export async function readHead(lines: AsyncGenerator<string, void>): Promise<Record<string, unknown>> {
  const fields: [string, unknown][] = [];
  for (let count = 0; count < MAX_FIELDS; count += 1) {
    const line = await lines.next();
    if (line.done || line.value.endsWith('[')) break;
    const field = parseJson(`{${line.value.replace(/,$/, '')}}`);
    if (typeof field === 'object' && field !== null) fields.push(...Object.entries(field));
    if (line.value.endsWith('[],')) break;
  }
  return Object.fromEntries(fields);
}

/** Yields the lines of a report's list `files`, without their commas. @param refuse Called if the list does not end. */
export async function* fileLines(
  lines: AsyncGenerator<string, void>,
  refuse: () => BackupError,
): AsyncGenerator<string, void> {
  let where: 'before' | 'within' | 'after' = 'before';
  for await (const line of lines) {
    if (line === '  "files": [') where = 'within';
    else if (line === '  "files": []' || (where === 'within' && line === '  ]')) where = 'after';
    else if (where === 'within') yield line.replace(/,$/, '');
  }
  if (where !== 'after') throw refuse();
}
