import { BackupError } from '../core/errors.ts';
import { parseJson } from '../manifest/entry-check.ts';
import { parse, shortJson } from '../manifest/record-form.ts';
import { fileLines, linesOf, readHead } from '../manifest/record-lines.ts';
import { EventFlaw, EventsOfRun } from '../report/report-of-events.ts';
import { PageCollector } from './collect.ts';
import { kindOf } from './kinds.ts';
import { PAGE_ENTRY, PAGE_HEAD, type PageHead } from './page-data.ts';

const AS_WRITTEN = 'it is not as s3-backup has written it, an entry a line';

/** A report that was read: its fields, and what the page shows of its files. */
export interface ReadReport {
  readonly head: PageHead;
  readonly collected: PageCollector;
  /** All fields before the lists, if the report was made of events. */
  readonly summary?: Readonly<Record<string, unknown>>;
}

/** Called with each entry of a report that is made of events, as its file event has it. */
type OnEntry = (entry: Readonly<Record<string, unknown>>) => void;

/**
 * Reads a report, or the events of a run, line by line, so that neither has to fit into memory.
 *
 * @param input The bytes of the file.
 * @param name Name of the report in messages.
 * @throws BackupError `REPORT_UNREADABLE`
 */
export async function readReport(
  input: AsyncIterable<Uint8Array>,
  name: string,
  onEntry?: OnEntry,
): Promise<ReadReport> {
  const refuse = (why: string) => unreadable(name, why);
  const lines = linesOf(input, refuse);
  const first = await lines.next();
  if (first.done) throw refuse('it is empty');
  if (first.value.startsWith('{"event":')) return readEvents(first.value, lines, refuse, onEntry);
  if (first.value !== '{') throw refuse(whatItIs(first.value));
  const head = headOf(await readHead(lines), refuse);
  const collected = new PageCollector(kindOf(head));
  const atEntry = (why: string) => refuse(`${AS_WRITTEN}; entry ${collected.total + 1}: ${why}`);
  const brokenOff = () => refuse(`it breaks off after entry ${collected.total}`);
  for await (const line of fileLines(lines, brokenOff)) {
    const json = parseJson(line);
    if (json === undefined) throw atEntry(`it is ${shortJson(line)}`);
    const entry = parse(PAGE_ENTRY, json);
    if ('flaw' in entry) throw atEntry(entry.flaw);
    collected.add(entry.value);
  }
  requireSums(head, collected, refuse);
  return { head, collected };
}

async function readEvents(
  first: string,
  lines: AsyncGenerator<string, void>,
  refuse: (why: string) => BackupError,
  onEntry: OnEntry | undefined,
): Promise<ReadReport> {
  const run = new EventsOfRun();
  try {
    run.add(parseJson(first));
    const collected = new PageCollector(kindOf({ target: run.operation === 'restore' ? '' : undefined }));
    for await (const line of lines) {
      const entry = run.add(parseJson(line));
      if (entry === undefined) continue;
      const parsed = parse(PAGE_ENTRY, entry);
      if ('flaw' in parsed) throw refuse(`file ${collected.total + 1}: ${parsed.flaw}`);
      collected.add(parsed.value);
      onEntry?.(entry);
    }
    const head = headOf(run.summary, refuse);
    requireSums(head, collected, refuse);
    return { head, collected, summary: run.summary };
  } catch (error) {
    throw error instanceof EventFlaw ? refuse(error.message) : error;
  }
}

function whatItIs(line: string): string {
  const json = parseJson(line) as Record<string, unknown> | null | undefined;
  if (json?.s3_backup_manifest !== undefined) return 'it is a manifest, which does not say how a run went';
  return json?.schema_version === undefined ? 'it is no report of s3-backup' : AS_WRITTEN;
}

function headOf(fields: Readonly<Record<string, unknown>>, refuse: (why: string) => BackupError): PageHead {
  const { schema_version: version } = fields;
  if (version === undefined) throw refuse('it is no report of s3-backup');
  if (version !== 1)
    throw refuse(`its schema_version is ${shortJson(version)}; this program reads version 1`);
  const head = parse(PAGE_HEAD, fields);
  if ('flaw' in head) throw refuse(`${AS_WRITTEN}: ${head.flaw}`);
  return head.value;
}

/** Makes sure that the entries are those that the report counts. */
function requireSums(head: PageHead, { fates, total }: PageCollector, refuse: (why: string) => BackupError) {
  const names = new Set([...Object.keys(head.counts), ...fates.keys()]);
  const odd = [...names].find((fate) => {
    const { files = 0, bytes = 0 } = fates.get(fate) ?? {};
    return (head.counts[fate] ?? 0) !== files || (head.bytes[fate] ?? 0) !== bytes;
  });
  if (odd !== undefined || head.total_files !== total)
    throw refuse(`it has ${total} entries, and they do not add up to its counts${odd ? ` (${odd})` : ''}`);
}

function unreadable(name: string, why: string): BackupError {
  const hint = 'Name a report as a run has written it.';
  return new BackupError('REPORT_UNREADABLE', `${name} cannot be used: ${why}.`, { hint });
}
