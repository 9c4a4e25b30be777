import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { BackupError, messageOf } from '../core/errors.ts';
import { normalPrefix } from '../core/key.ts';
import { splitRecords } from '../flow/split-records.ts';
import { StoreError } from '../s3/store-error.ts';
import { EntryCheck, manifestUnreadable, NOT_AS_WRITTEN, parseJson, writtenByNote } from './entry-check.ts';
import type { ManifestEntry } from './manifest.ts';
import { type Parsed, parseManifestHead, parseReportHead } from './record-form.ts';

/** What is left of an earlier run: its manifest, or its report. */
export interface RunRecord {
  /** For messages. */
  readonly name: string;
  /** Its id, where it is a manifest. */
  readonly run: string | undefined;
  readonly bucket: string;
  /** As `normalPrefix` gives it. */
  readonly prefix: string;
  /** One for each file, checked and read on the way, its key below the prefix. Throws BackupError `MANIFEST_UNREADABLE`. */
  readonly entries: AsyncIterable<ManifestEntry>;
}

/** In bytes. A path and a key of 1,024 bytes each are twelve thousand where every character is escaped. */
const LONGEST_LINE = 64 * 1024;
const NEWLINE = 10;
const GZIP = 0x1f;

/**
 * Reads a manifest (gzip or not), or a report, line by line: neither has to fit into memory.
 *
 * @param name For messages.
 * @throws BackupError `MANIFEST_UNREADABLE`; StoreError where the bytes come from a store
 */
export async function readRunRecord(input: AsyncIterable<Uint8Array>, name: string): Promise<RunRecord> {
  const lines = linesOf(input, name);
  const first = await lines.next();
  if (first.done) throw manifestUnreadable(name, 'it is empty');
  return first.value === '{' ? readReport(lines, name) : readManifest(first.value, lines, name);
}

async function readManifest(
  first: string,
  lines: AsyncGenerator<string, void>,
  name: string,
): Promise<RunRecord> {
  const header = parseJson(first);
  // A report of a later version may be in one line.
  requireKnown(header, 'schema_version', name);
  requireVersion(header, 's3_backup_manifest', name, 'it is neither a manifest nor a report of s3-backup');
  const head = required(parseManifestHead(header), name);
  const { run, bucket, entries: count } = head;
  const prefix = normalPrefix(head.prefix);
  async function* entries() {
    const check = new EntryCheck(prefix, name, writtenByNote(header));
    for await (const line of lines) {
      const entry = check.parseLine(line);
      if (check.count > count) throw manifestUnreadable(name, `it has more than ${count} entries`);
      yield entry;
    }
    if (check.count !== count)
      throw manifestUnreadable(name, `it has ${check.count} entries instead of ${count}`);
  }
  return { name, run, bucket, prefix, entries: entries() };
}

async function readReport(lines: AsyncGenerator<string, void>, name: string): Promise<RunRecord> {
  const fields = await readHead(lines);
  requireVersion(fields, 'schema_version', name, NOT_AS_WRITTEN);
  const { bucket, prefix, dry_run } = required(parseReportHead(fields), name);
  if (dry_run) throw manifestUnreadable(name, 'it is the report of a dry run, which stores nothing');
  const start = normalPrefix(prefix);
  return {
    name,
    run: undefined,
    bucket,
    prefix: start,
    entries: filesIn(lines, new EntryCheck(start, name, writtenByNote(fields))),
  };
}

/** The only one of manifests, and of reports. */
const VERSION = 1;

function requireVersion(head: unknown, field: string, name: string, otherwise: string): void {
  requireKnown(head, field, name);
  if (numberIn(head, field) !== VERSION) throw manifestUnreadable(name, otherwise);
}

/** Passes what has no version. */
function requireKnown(head: unknown, field: string, name: string): void {
  const version = numberIn(head, field) ?? VERSION;
  if (version === VERSION) return;
  throw manifestUnreadable(
    name,
    `its format is version ${version}, and this program reads version ${VERSION}${writtenByNote(head)}`,
    'Use the version of s3-backup that has written it, or a later one.',
  );
}

function numberIn(head: unknown, field: string): number | undefined {
  const value = (head as Record<string, unknown> | null | undefined)?.[field];
  return typeof value === 'number' ? value : undefined;
}

function required<T>(result: Parsed<T>, name: string): T {
  if ('value' in result) return result.value;
  throw manifestUnreadable(name, result.flaw);
}

/** Lines of a report before its lists. It has a field in each, about thirty. */
const MAX_FIELDS = 200;

/** The fields before the lists. */
async function readHead(lines: AsyncGenerator<string, void>): Promise<Record<string, unknown>> {
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

async function* filesIn(
  lines: AsyncGenerator<string, void>,
  check: EntryCheck,
): AsyncGenerator<ManifestEntry, void> {
  let where: 'before' | 'within' | 'after' = 'before';
  for await (const line of lines) {
    if (line === '  "files": [') where = 'within';
    else if (line === '  "files": []' || (where === 'within' && line === '  ]')) where = 'after';
    else if (where === 'within') yield check.parseLine(line.replace(/,$/, ''));
  }
  if (where !== 'after') throw manifestUnreadable(check.name, NOT_AS_WRITTEN);
}

async function* linesOf(input: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string, void> {
  try {
    for await (const { bytes, terminated } of splitRecords(unzipped(input), NEWLINE, LONGEST_LINE)) {
      if (bytes.length > LONGEST_LINE) throw manifestUnreadable(name, 'it breaks off: a line is too long');
      if (!terminated && bytes.length > 0) throw manifestUnreadable(name, 'it breaks off within a line');
      if (terminated) yield bytes.toString();
    }
  } catch (error) {
    throw error instanceof BackupError || error instanceof StoreError
      ? error
      : manifestUnreadable(name, messageOf(error));
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
