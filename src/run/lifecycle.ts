/** The room `run` is the life of a run, shared by backup, restore and verify: lock, access, log, files, end. */
import { type BackupError, fatalOf, isLimit } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { Start } from '../core/start.ts';
import { VERSION } from '../core/version.ts';
import type { LimitStep } from '../flow/adaptive-limit.ts';
import { CountedLimit } from '../flow/counted-limit.ts';
import type { Outcome } from '../flow/item.ts';
import { RunControl } from '../flow/run-control.ts';
import type { HeldLease } from '../lease/held-lease.ts';
import type { RunEvent, StartEvent } from '../report/events.ts';
import type { FileEntry } from '../report/report.ts';
import { Timeline, type TimelineSample } from '../report/timeline.ts';
import { accessUnlessStopped } from '../s3/access.ts';
import type { OutageNews } from '../s3/outage.ts';
import type { FileCount } from './file-count.ts';
import { limitDuration } from './limit-duration.ts';
import { limitEvent } from './limit-event.ts';
import { logLimitStep } from './log-limit-step.ts';
import { type LeaseRequest, withLease } from './open-lease.ts';
import { type OpenStore, type OpenStoreOptions, openStore } from './open-store.ts';
import { OutageWatch } from './outage-watch.ts';
import type { Progress } from './progress.ts';

/** Options that every run has, with their defaults filled in. */
export interface RunLifecycleOptions extends OpenStoreOptions {
  readonly prefix: string;
  /** Signal whose abort stops the run in order. */
  readonly signal?: AbortSignal | undefined;
  /** How long the run may take, in seconds. Default: no limit. */
  readonly maxDurationSeconds?: number | undefined;
  readonly logger: Logger;
  readonly progress: Progress;
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
}

/** What a run works with after its store was opened and access to the bucket was checked. */
export interface OpenRun extends OpenStore {
  readonly start: Start;
  readonly control: RunControl;
  readonly onOutage: (news: OutageNews) => void;
  /** @param pid The child process whose limit has changed. Default: this process. */
  readonly onLimitStep: (step: LimitStep, pid?: number) => void;
  /** Called by child processes: files in upload there, more or fewer than before. */
  readonly onAtOnce: (change: number) => void;
  /** Whether it is certain that there is nothing below the prefix. */
  readonly isEmpty: boolean;
  /** The lease that must be held for files to be deleted; undefined if the run has none. */
  readonly lease: HeldLease | undefined;
}

/** The parts in which a backup, a restore and a verification differ. */
export interface RunLifecycle<Summary> {
  readonly options: RunLifecycleOptions;
  /** What the run is, for its first event. */
  readonly about: Pick<StartEvent, 'operation' | 'dry_run'> & Partial<Pick<StartEvent, 'source' | 'target'>>;
  /**
   * Takes the locks that keep other runs off. Resolves to a function that releases them. Undefined if the run changes nothing.
   */
  readonly lock: ((start: Start) => Promise<() => void>) | undefined;
  /** Takes a lease before the work. Default: none. */
  readonly lease?: LeaseRequest | undefined;
  /** Prepares what the summary needs even if the run ends before the bucket has answered. */
  readonly prepare: (control: RunControl) => {
    /** Works on every file. */
    readonly work: (run: OpenRun) => Promise<void>;
    readonly summarize: (
      start: Start,
      failure: BackupError | undefined,
      timeline: readonly TimelineSample[],
    ) => Summary;
  };
}

/**
 * Carries out a run: lock, store, access to the bucket, every file, summary. Releases everything at the end.
 *
 * @throws BackupError before any file is touched, if the lock is taken or the store or the bucket cannot be used
 */
export async function runLifecycle<Summary>({
  options,
  about,
  lock,
  lease,
  prepare,
}: RunLifecycle<Summary>): Promise<Summary> {
  const start = new Start();
  const release = await lock?.(start);
  try {
    const control = new RunControl(options.signal);
    const tell = teller(options, control);
    tell({ ...startEvent(options), ...about });
    const endLimit = limitDuration(control, start, options.maxDurationSeconds);
    const { onOutage } = new OutageWatch({ ...options, tell });
    const onLimitStep = (step: LimitStep, pid?: number) => {
      logLimitStep(options.logger, step, pid);
      tell(limitEvent(step, pid));
    };
    const { store, ...opened } = openStore({ ...options, onOutage, onLimitStep }, control.aborting);
    const { work, summarize } = prepare(control);
    const uploads = new CountedLimit(opened.uploads);
    let elsewhere = 0;
    const onAtOnce = (change: number) => {
      elsewhere += change;
    };
    const { progress } = options;
    const timeline = new Timeline(start, () => ({
      files: progress.files,
      bytes: progress.bytes,
      at_once: uploads.inWork + elsewhere,
    }));
    try {
      const access = await accessUnlessStopped(store, options.prefix, control);
      const run = { ...opened, start, store, uploads, control, onOutage, onLimitStep, onAtOnce };
      if (access) await withLease(lease, options, run, (held) => work({ ...run, ...access, lease: held }));
      return summarize(start, control.failure, timeline.end());
    } finally {
      timeline.end();
      endLimit();
      control.close();
      store.close();
    }
  } finally {
    release?.();
  }
}

/** Makes a function that passes events to the caller. An error of the caller's code stops the run in order. */
function teller({ onEvent }: RunLifecycleOptions, control: RunControl): (event: RunEvent) => void {
  return (event) => {
    try {
      onEvent?.(event);
    } catch (error) {
      control.fail(fatalOf(error));
    }
  };
}

function startEvent({ bucket, prefix }: RunLifecycleOptions) {
  return {
    event: 'start',
    schema_version: 1,
    tool_version: VERSION,
    source: null,
    target: null,
    bucket,
    prefix,
  } as const;
}

export interface LoggedWork {
  /** `run`, `finish`, `restore` or `verification`, for the log. */
  readonly name: string;
  readonly logger: Logger;
  readonly control: RunControl;
  /** Settings that the log shows at the start. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Number of files with each fate. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Runs `work`, and logs the start and the end. An error of `work` becomes the failure that ends the run. */
export async function logged(
  { name, logger, control, settings, counts }: LoggedWork,
  work: () => Promise<void>,
): Promise<void> {
  logger.info({ operation: 'start', ...settings }, `${name} started`);
  try {
    await work();
  } catch (error) {
    control.fail(fatalOf(error));
  }
  const { failure } = control;
  if (failure) logFailure(logger, name, failure);
  else logger.info({ operation: 'end', ...counts }, `${name} ended`);
}

/** Logs why a run did not end by itself. Its user has set the limit, or has just given the answer, so these are no errors. */
function logFailure(logger: Logger, name: string, failure: BackupError): void {
  const { code, message: reason, hint } = failure;
  const fields = { operation: 'end', code, reason, hint };
  if (isLimit(failure)) logger.warn(fields, `${name} ended at its limit`);
  else if (code === 'NOT_CONFIRMED') logger.info(fields, `${name} was not confirmed`);
  else logger.error(fields, `${name} failed`);
}

export interface FollowOptions<E extends Outcome> {
  readonly logger: Logger;
  readonly onEntry?: ((entry: FileEntry<E>) => void) | undefined;
}

/**
 * Makes a function that counts and logs each entry of the report and passes it to the caller. An error of the caller's code
 * stops the run in order: every file is still settled.
 */
export function follower<E extends Outcome>(
  { logger, onEntry }: FollowOptions<E>,
  control: RunControl,
  count: FileCount,
  log: (logger: Logger, entry: FileEntry<E>) => void,
): (entry: FileEntry<E>) => void {
  return (entry) => {
    count.settled(entry);
    try {
      log(logger, entry);
      onEntry?.(entry);
    } catch (error) {
      control.fail(fatalOf(error));
    }
  };
}
