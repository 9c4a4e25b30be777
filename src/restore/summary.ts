import { RESTORE_DEFAULTS } from '../core/defaults.ts';
import type { BackupError } from '../core/errors.ts';
import type { Start } from '../core/start.ts';
import { FateTally } from '../report/fate-tally.ts';
import type { FileEntry, Lists } from '../report/report.ts';
import { commonSummary } from '../report/summarize.ts';
import type { TimelineSample } from '../report/timeline.ts';
import type { RestoreOptions } from './options.ts';
import type { RestoreFate, RestoreOutcome } from './outcomes.ts';

/** Report of a restore without its lists. docs/restore-report.schema.json is the contract. */
export interface RestoreSummary extends ReturnType<typeof commonSummary> {
  readonly bucket: string;
  readonly prefix: string;
  /** Folder that was restored to. */
  readonly target: string;
  /** The option `versionAt` as it was given. */
  readonly version_at: string | null;
  /** Id of the run whose files were wanted; the option `run` as it was given if that run was not found. */
  readonly run: string | null;
  readonly total_files: number;
  /** Files restored without a required proof, without their owner or without a setuid bit. */
  readonly incomplete_files: number;
  readonly attempts: number;
  readonly counts: Readonly<Record<RestoreFate, number>>;
  readonly bytes: Readonly<Record<RestoreFate, number>>;
  /** What a dry run would restore; null if the run is not a dry run. */
  readonly planned: { readonly files: number; readonly bytes: number } | null;
  /** What the restore had done at up to 300 moments, the oldest first. */
  readonly timeline: readonly TimelineSample[];
}

/** Entry of one object in the report of a restore. */
export type RestoreEntry = FileEntry<RestoreOutcome>;

/** Report of a restore. docs/report.md explains its fields. */
export interface RestoreReport extends RestoreSummary {
  readonly errors: readonly (readonly [path: string, message: string])[];
  readonly files: readonly RestoreEntry[];
}

/** Lists of a restore's report by name. Each function converts an entry into a line of the list; undefined leaves it out. */
export const RESTORE_LISTS: Lists<RestoreOutcome> = {
  errors: errorOf,
  files: (entry) => entry,
};

/** Line of the list `errors`; undefined if the object has not failed. */
export function errorOf({ fate, path, code, reason }: RestoreEntry): [string, string] | undefined {
  return fate === 'failed' ? [path, `${code}: ${reason}`] : undefined;
}

/** Counts the objects of a restore by their fate. */
export class RestoreTally extends FateTally<RestoreOutcome> {
  readonly #requireProof: boolean;
  #incomplete = 0;

  /** @param requireProof Whether a restored object without a proof counts as incomplete. */
  constructor(requireProof: boolean) {
    super(['restored', 'unchanged', 'requested', 'skipped', 'failed']);
    this.#requireProof = requireProof;
  }

  override add(entry: RestoreEntry): void {
    super.add(entry);
    const { fate, code } = entry;
    if (fate === 'restored' && code !== null && (code !== 'NOT_PROVED' || this.#requireProof))
      this.#incomplete += 1;
  }

  /** Counts in the form of the report. */
  result() {
    return {
      total_files: this.total,
      incomplete_files: this.#incomplete,
      attempts: this.attempts,
      counts: { ...this.counts },
      bytes: { ...this.bytes },
    };
  }
}

/** Facts about a restore from which its summary is made. */
export interface RestoreFacts {
  /** Options as far as they are known: a run whose options are bad has a report, too. */
  readonly options: Pick<
    RestoreOptions,
    'bucket' | 'prefix' | 'to' | 'versionAt' | 'run' | 'dryRun' | 'signal' | 'exitCodes'
  >;
  readonly start: Start;
  readonly tally: RestoreTally;
  /** Error that ended the run as a whole; undefined if there was none. */
  readonly failure: BackupError | undefined;
  /** Default: none. */
  readonly timeline?: readonly TimelineSample[] | undefined;
}

/** Makes the summary of a restore. */
export function summarizeRestore({
  options,
  start,
  tally,
  failure,
  timeline = [],
}: RestoreFacts): RestoreSummary {
  const counted = tally.result();
  const { failed, requested } = counted.counts;
  return {
    ...commonSummary({ options, start, failure, failed: failed + requested + counted.incomplete_files }),
    bucket: options.bucket,
    prefix: options.prefix ?? RESTORE_DEFAULTS.prefix,
    target: options.to,
    version_at: options.versionAt ?? null,
    run: options.run ?? null,
    ...counted,
    planned: options.dryRun ? { ...tally.planned } : null,
    timeline,
  };
}
