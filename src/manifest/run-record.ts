import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { BackupError, messageOf } from '../errors.ts';
import { records } from '../records.ts';
import { StoreError } from '../s3/store-error.ts';
import type { ManifestEntry, ManifestHeader } from './manifest.ts';

/** What is left of an earlier run: its manifest, or its report. */
export interface RunRecord {
  /** For messages. */
  readonly name: string;
  /** Its id, where it is a manifest. */
  readonly run: string | undefined;
  readonly bucket: string;
  readonly prefix: string;
  /** One for each file, read on the way. Throws BackupError `MANIFEST_UNREADABLE`. */
  readonly entries: AsyncIterable<ManifestEntry>;
}

/** A path and a key of 1,024 bytes each are twelve thousand characters where every one is escaped. */
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
  if (first.done) throw unreadable(name, 'it is empty');
  return first.value === '{' ? readReport(lines, name) : readManifest(first.value, lines, name);
}

async function readManifest(
  first: string,
  lines: AsyncGenerator<string, void>,
  name: string,
): Promise<RunRecord> {
  const header = parsed(first) as Partial<ManifestHeader> | undefined;
  const { s3_backup_manifest: version, run, bucket = '', prefix = '', entries: count = 0 } = header ?? {};
  if (version !== 1) throw unreadable(name, 'it is neither a manifest nor a report of s3-backup');
  async function* entries() {
    let read = 0;
    for await (const line of lines) {
      read += 1;
      yield entryIn(line, name);
    }
    if (read !== count) throw unreadable(name, `it has ${read} entries instead of ${count}`);
  }
  return { name, run, bucket, prefix, entries: entries() };
}

async function readReport(lines: AsyncGenerator<string, void>, name: string): Promise<RunRecord> {
  const head = await readHead(lines);
  if (head.schema_version !== 1) throw unreadable(name, NOT_AS_WRITTEN);
  if (head.dry_run === true) throw unreadable(name, 'it is the report of a dry run, which stores nothing');
  const { bucket, prefix } = head;
  return {
    name,
    run: undefined,
    bucket: String(bucket),
    prefix: String(prefix),
    entries: filesIn(lines, name),
  };
}

const NOT_AS_WRITTEN = 'it is not as s3-backup has written it: an entry a line';

/** The fields before the lists. */
async function readHead(lines: AsyncGenerator<string, void>): Promise<Record<string, unknown>> {
  const fields: [string, unknown][] = [];
  for (let line = await lines.next(); !line.done && !line.value.endsWith('['); line = await lines.next()) {
    const field = parsed(`{${line.value.replace(/,$/, '')}}`);
    if (typeof field === 'object' && field !== null) fields.push(...Object.entries(field));
    if (line.value.endsWith('[],')) break;
  }
  return Object.fromEntries(fields);
}

async function* filesIn(
  lines: AsyncGenerator<string, void>,
  name: string,
): AsyncGenerator<ManifestEntry, void> {
  let where: 'before' | 'within' | 'after' = 'before';
  for await (const line of lines) {
    if (line === '  "files": [') where = 'within';
    else if (line === '  "files": []' || (where === 'within' && line === '  ]')) where = 'after';
    else if (where === 'within') yield entryIn(line.replace(/,$/, ''), name);
  }
  if (where !== 'after') throw unreadable(name, NOT_AS_WRITTEN);
}

const NEEDED = ['path', 'key', 'size', 'md5', 'etag', 'version_id', 'fate', 'proof', 'code'] as const;

function entryIn(line: string, name: string): ManifestEntry {
  const entry = parsed(line) as Partial<ManifestEntry> | undefined;
  if (typeof entry?.path !== 'string' || NEEDED.some((field) => entry[field] === undefined))
    throw unreadable(name, `${NOT_AS_WRITTEN}, not ${JSON.stringify(line.slice(0, 60))}`);
  return { mtime: null, mode: null, ...entry } as ManifestEntry;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

async function* linesOf(input: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string, void> {
  try {
    for await (const { bytes, terminated } of records(unzipped(input), NEWLINE, LONGEST_LINE)) {
      if (!terminated && bytes.length > 0) throw unreadable(name, 'it breaks off within a line');
      if (terminated) yield bytes.toString();
    }
  } catch (error) {
    throw error instanceof BackupError || error instanceof StoreError
      ? error
      : unreadable(name, messageOf(error));
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

function unreadable(name: string, why: string): BackupError {
  return new BackupError('MANIFEST_UNREADABLE', `${name} cannot be used: ${why}.`, {
    hint: 'Name a report (--output-json), a manifest, or a run of `s3-backup runs`.',
  });
}
