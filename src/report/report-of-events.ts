import { BackupError } from '../core/errors.ts';
import type { Operation } from './events.ts';
import { type FileEntry, listsOf, type Report, type ReportSummary } from './report.ts';

/** The flaw of events that are read. Its message completes "cannot be used: ". */
export class EventFlaw extends Error {
  override readonly name = 'EventFlaw';
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads the events of one run in their order, and separates what its report is made of. */
export class EventsOfRun {
  #count = 0;
  #operation: Operation | undefined;
  #summary: Fields | undefined;

  /**
   * Takes the next event.
   *
   * @param event A line of the events, parsed.
   * @returns the entry of the report that it holds; undefined if it holds none
   * @throws EventFlaw
   */
  add(event: unknown): Fields | undefined {
    if (typeof event !== 'object' || event === null)
      throw new EventFlaw(`line ${this.#count + 1} is no event`);
    const { event: kind, seq, time: _, ...fields } = event as Fields;
    if (this.#summary) throw new EventFlaw('it goes on after the end of the run');
    if (seq !== this.#count + 1) throw new EventFlaw(`event ${this.#count + 1} is missing`);
    if (this.#count === 0) this.#start(kind, fields);
    this.#count += 1;
    if (kind === 'end') this.#summary = fields;
    return kind === 'file' ? fields : undefined;
  }

  #start(kind: unknown, fields: Fields): void {
    const { schema_version: version, operation } = fields;
    if (kind !== 'start') throw new EventFlaw('it does not begin with the start of a run');
    if (version !== 1)
      throw new EventFlaw(`its schema_version is ${JSON.stringify(version)}; this program reads version 1`);
    this.#operation = operation as Operation;
  }

  /** What the run was; undefined before its first event. */
  get operation(): Operation | undefined {
    return this.#operation;
  }

  /** The fields of the report that stand before its lists. @throws EventFlaw if the last event is missing */
  get summary(): Fields {
    if (this.#summary) return this.#summary;
    throw new EventFlaw(`it breaks off after event ${this.#count}: the run was killed, or has not ended yet`);
  }
}

/**
 * Makes the report of a backup from its events alone: it equals the one that the run made.
 *
 * @param events The lines of `--events`, parsed, in their order.
 * @throws BackupError `REPORT_UNREADABLE` if an event is missing, or they are those of another operation
 */
export function reportOfEvents(events: Iterable<unknown>): Report {
  const run = new EventsOfRun();
  const entries: FileEntry[] = [];
  try {
    for (const event of events) {
      const entry = run.add(event);
      if (entry) entries.push(entry as unknown as FileEntry);
    }
    const summary = run.summary as unknown as ReportSummary;
    if (run.operation !== 'backup' && run.operation !== 'put')
      throw new EventFlaw(`they are the events of a ${run.operation}`);
    return { ...summary, ...listsOf(entries) };
  } catch (error) {
    if (!(error instanceof EventFlaw)) throw error;
    throw new BackupError('REPORT_UNREADABLE', `The events cannot be used: ${error.message}.`);
  }
}
