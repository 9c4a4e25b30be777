import type { BackupError } from '../core/errors.ts';
import type { Start } from '../core/start.ts';
import { FateTally } from '../report/fate-tally.ts';
import type { FileEntry, Lists } from '../report/report.ts';
import { commonSummary } from '../report/summarize.ts';
import type { RestoreOptions } from './options.ts';
import type { RestoreFate, RestoreOutcome } from './outcomes.ts';

/** The report of a restore without its lists. docs/restore-report.schema.json is the contract. */
export interface RestoreSummary extends ReturnType<typeof commonSummary> {
  readonly bucket: string;
  readonly prefix: string;
  /** The folder that was restored to. */
  readonly target: string;
  /** As it was asked for. */
  readonly version_at: string | null;
  /** Whose files were wanted: its id, or what was asked for where it was not found. */
  readonly run: string | null;
  readonly total_files: number;
  /** Restored, but without a proof that was required, or without their owner or a setuid bit. */
  readonly incomplete_files: number;
  readonly attempts: number;
  readonly counts: Readonly<Record<RestoreFate, number>>;
  readonly bytes: Readonly<Record<RestoreFate, number>>;
  /** What a dry run would have restored. */
  readonly planned: { readonly files: number; readonly bytes: number } | null;
}

export type RestoreEntry = FileEntry<RestoreOutcome>;

export interface RestoreReport extends RestoreSummary {
  readonly errors: readonly (readonly [path: string, message: string])[];
  readonly files: readonly RestoreEntry[];
}

/** What each list of the report takes from an entry. */
export const RESTORE_LISTS: Lists<RestoreOutcome> = {
  errors: errorOf,
  files: (entry) => entry,
};

export function errorOf({ fate, path, code, reason }: RestoreEntry): [string, string] | undefined {
  return fate === 'failed' ? [path, `${code}: ${reason}`] : undefined;
}

/** Counts what became of the objects. */
export class RestoreTally extends FateTally<RestoreOutcome> {
  readonly #requireProof: boolean;
  #incomplete = 0;

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

export interface RestoreFacts {
  /** As far as they are known: a run that failed on its options has a report, too. */
  readonly options: Pick<
    RestoreOptions,
    'bucket' | 'prefix' | 'to' | 'versionAt' | 'run' | 'dryRun' | 'signal'
  >;
  readonly start: Start;
  readonly tally: RestoreTally;
  /** What ended the run as a whole. */
  readonly failure: BackupError | undefined;
}

export function summarizeRestore({ options, start, tally, failure }: RestoreFacts): RestoreSummary {
  const counted = tally.result();
  const { failed, requested } = counted.counts;
  return {
    ...commonSummary({ options, start, failure, failed: failed + requested + counted.incomplete_files }),
    bucket: options.bucket,
    prefix: options.prefix ?? '',
    target: options.to,
    version_at: options.versionAt ?? null,
    run: options.run ?? null,
    ...counted,
    planned: options.dryRun ? { ...tally.planned } : null,
  };
}
