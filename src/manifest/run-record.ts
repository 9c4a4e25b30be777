import { normalPrefix } from '../core/key.ts';
import { EntryCheck, manifestUnreadable, NOT_AS_WRITTEN, parseJson, writtenByNote } from './entry-check.ts';
import type { ManifestEntry, RunCounts } from './manifest.ts';
import { type Parsed, parseManifestHead, parseReportHead } from './record-form.ts';
import { fileLines, linesOf, readHead } from './record-lines.ts';

/** Record of an earlier run, read from its manifest or its report. */
export interface RunRecord {
  /** Name of the record in messages. */
  readonly name: string;
  /** Id of the run; undefined if the record is a report. */
  readonly run: string | undefined;
  readonly bucket: string;
  /** Prefix of the backup, as `normalPrefix` returns it. */
  readonly prefix: string;
  /** Number of entries, by the head of a manifest; undefined for a report. */
  readonly entryCount?: number | undefined;
  /**
   * What that run has stored, by the metadata of a manifest's object or by its segments; undefined if the record was read from a
   * file.
   */
  readonly counts?: Pick<RunCounts, 'files' | 'bytes'> | undefined;
  /**
   * Whether the run has stored no manifest, so that its segments are read: it was killed, could not store the manifest, or is still
   * at work. Default false.
   */
  readonly isUnfinished?: boolean | undefined;
  /**
   * One validated entry per file, with its key below the prefix. The entries are read during the iteration, which throws
   * BackupError `MANIFEST_UNREADABLE` if one is damaged.
   */
  readonly entries: AsyncIterable<ManifestEntry>;
}

/**
 * Reads a manifest (compressed with gzip or not) or a report line by line, so neither has to fit into memory.
 *
 * @param input The bytes of the file.
 * @param name Name of the record in messages.
 * @throws BackupError `MANIFEST_UNREADABLE`; StoreError if the bytes come from a store
 */
export async function readRunRecord(input: AsyncIterable<Uint8Array>, name: string): Promise<RunRecord> {
  const lines = linesOf(input, (why) => manifestUnreadable(name, why));
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
  // A report of a later version may be a single line, so its version is checked here, too.
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
  return { name, run, bucket, prefix, entryCount: count, entries: entries() };
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

/** The only supported version of manifests and of reports. */
const VERSION = 1;

function requireVersion(head: unknown, field: string, name: string, otherwise: string): void {
  requireKnown(head, field, name);
  if (numberIn(head, field) !== VERSION) throw manifestUnreadable(name, otherwise);
}

/** Refuses a record of another version. A record without a version passes. */
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

async function* filesIn(
  lines: AsyncGenerator<string, void>,
  check: EntryCheck,
): AsyncGenerator<ManifestEntry, void> {
  for await (const line of fileLines(lines, () => manifestUnreadable(check.name, NOT_AS_WRITTEN)))
    yield check.parseLine(line);
}
