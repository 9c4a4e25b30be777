import { tmpdir } from 'node:os';
import { systemCode, systemMessage } from '../../core/errors.ts';
import { VERSION } from '../../core/version.ts';
import type { Outcome } from '../../flow/item.ts';
import type { Event, Operation, ProgressEvent, RunEvent, StartEvent } from '../../report/events.ts';
import type { FileEntry, ReportSummary } from '../../report/report.ts';
import type { CliContext } from '../context.ts';
import { masked } from '../output/mask.ts';
import { safeJson } from '../output/printable.ts';
import type { ShownProgress } from '../output/progress-meter.ts';
import type { Log } from '../session/with-log.ts';
import { type EventOutput, openEventOutput } from './event-output.ts';
import { EventQueue } from './event-queue.ts';

/** Interval between two events of the progress, in milliseconds. */
const PROGRESS_MS = 1_000;

/** The fields of any report that its events need beside the rest of it. */
export interface EndedRun
  extends Pick<ReportSummary, 'dry_run' | 'exit_code' | 'error' | 'bucket' | 'prefix'> {
  readonly source?: string;
  readonly target?: string;
}

export interface EventLogOptions {
  /** A path, `-` for stdout, or `fd:N`. */
  readonly place: string;
  readonly operation: Operation;
  readonly context: CliContext;
  readonly log: Pick<Log, 'screen' | 'secrets'>;
}

/**
 * Writes the events of one run, a line each, in their order: `start` first, every settled file once, `end` last. Each has its
 * number, so that a reader notices if one is missing. A reader that has gone, or a full disk, is said once and does the run no
 * harm.
 */
export class EventLog {
  readonly #options: EventLogOptions;
  readonly #output: EventOutput;
  readonly #queue: EventQueue;
  readonly #release: () => void;
  #count = 0;
  #startedMs = performance.now();

  /** @throws BackupError `REPORT_NOT_WRITABLE` */
  constructor(options: EventLogOptions) {
    const { place, context } = options;
    this.#options = options;
    this.#output = openEventOutput(place, context.stdout);
    this.#queue = new EventQueue(this.#output, {
      folder: tmpdir(),
      onFailure: (error) => this.#sayLost(error),
    });
    this.#release = context.atExit(() => this.#queue.flushNow());
  }

  /** To be given to a run as its option `onEvent`. */
  readonly onEvent = (event: RunEvent): void => this.#add(event);

  /** Adds the entry of a settled file. */
  addFile(entry: FileEntry<Outcome>): void {
    this.#line('file', JSON.stringify(entry));
  }

  /** Writes an event of the progress every second. @returns a function that ends this */
  follow(progress: ShownProgress): () => void {
    const timer = setInterval(() => this.#add(this.#progressOf(progress)), PROGRESS_MS).unref();
    return () => clearInterval(timer);
  }

  /**
   * Writes the last event, and resolves when the reader has all of them. A file stays as it was if another run kept this one
   * from beginning, since it is probably the file of that run.
   *
   * @param signal Signal whose abort ends the wait for the reader.
   */
  async end(summary: EndedRun, signal: AbortSignal): Promise<void> {
    const isOfAnotherRun = this.#output.isFile && summary.error?.code === 'LOCKED' && this.#count === 0;
    if (!isOfAnotherRun) {
      if (this.#count === 0) this.#add(startOf(summary, this.#options.operation));
      this.#line('end', JSON.stringify(summary));
    }
    await this.#queue.end(signal);
    this.#release();
  }

  /** Ends without a last event, and waits for nobody. */
  discard(): void {
    this.#queue.flushNow();
    this.#queue.close();
    this.#release();
  }

  #add({ event, ...fields }: Exclude<Event, { event: 'file' | 'end' }>): void {
    // The reason of an outage quotes the store.
    this.#line(event, masked(JSON.stringify(fields), this.#options.log.secrets));
  }

  /** @param json An object in JSON that has at least one field. */
  #line(event: string, json: string): void {
    if (this.#count === 0) this.#begin();
    this.#count += 1;
    const head = `{"event":"${event}","seq":${this.#count},"time":"${new Date().toISOString()}",`;
    this.#queue.add(`${head}${safeJson(json.slice(1))}\n`);
  }

  #begin(): void {
    this.#startedMs = performance.now();
    try {
      this.#output.begin();
    } catch (error) {
      this.#sayLost(error);
      this.#queue.close();
    }
  }

  #progressOf(progress: ShownProgress): ProgressEvent {
    const { files, failed, bytes, transferredBytes, inWork, isAway = false, done, total } = progress;
    return {
      event: 'progress',
      seconds: Math.round(performance.now() - this.#startedMs) / 1000,
      files,
      failed,
      bytes,
      transferred_bytes: transferredBytes,
      at_once: inWork.size,
      away: isAway,
      done: { files: done.files, bytes: done.bytes },
      total: total ? { files: total.files, bytes: total.bytes, complete: total.isComplete } : null,
    };
  }

  #sayLost(error: unknown): void {
    const { place, log } = this.#options;
    const why =
      systemCode(error) === 'EPIPE' ? 'their reader has gone' : masked(systemMessage(error), log.secrets);
    log.screen.write(
      `s3-backup: events (${place}): ${why}; the others are lost, which does not affect the run\n`,
    );
  }
}

function startOf({ source, target, bucket, prefix, dry_run }: EndedRun, operation: Operation): StartEvent {
  return {
    event: 'start',
    schema_version: 1,
    tool_version: VERSION,
    operation,
    dry_run,
    source: source ?? null,
    target: target ?? null,
    bucket,
    prefix,
  };
}
