import type { BackupOptions } from '../backup/options.ts';
import { resolveOptions } from '../backup/resolve-options.ts';
import { BackupError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Start } from '../core/start.ts';
import { type Entries, MemoryEntries } from '../report/entries.ts';
import { logEntry } from '../report/log-entry.ts';
import { type FileEntry, listsOf, type Report, type ReportSummary } from '../report/report.ts';
import { summarize } from '../report/summarize.ts';
import { Tally } from '../report/tally.ts';
import { FileCount } from '../run/file-count.ts';
import { follower, runLifecycle } from '../run/lifecycle.ts';
import { namesOf } from '../source/sources.ts';
import { Finishing } from './finishing.ts';

/**
 * Makes one run of the shards of a stored plan, and returns its report: what all their runs have done, also those that were killed.
 * Stores the manifest of the whole backup as `.s3-backup/runs/<plan>.ndjson.gz` below the prefix, and removes emptied folders that
 * no shard could remove. It can be called again, at any time: the manifest is replaced.
 *
 * @param given The options of the shards, without `range` and `shard`.
 * @param plan Id of the plan.
 * @throws BackupError `SHARDS_MISSING` (a ShardsMissing) if a shard has not come to its end: nothing is stored; `BAD_OPTION`,
 * `PLAN_NOT_FOUND`, `PLAN_UNREADABLE`, `PLAN_MISMATCH`, `LOCKED`; what keeps a run from its bucket. If it fails later on, the report
 * has the error in `error`: `MANIFEST_UNREADABLE`, `MANIFEST_FAILED`
 */
export async function finishPlan(given: BackupOptions, plan: string): Promise<Report> {
  const entries = new MemoryEntries();
  const summary = await runFinish(given, plan, entries);
  return { ...summary, ...listsOf(entries.list) };
}

/**
 * Does what `finishPlan` does, for plans of any size: the caller decides where the entries are kept. They are read again for the
 * manifest, so `entries` must keep them.
 *
 * @throws BackupError as `finishPlan` does
 */
export async function runFinish(
  given: BackupOptions,
  plan: string,
  entries: Entries,
): Promise<ReportSummary> {
  // What holds for the shards, holds for the plan.
  const { lock = 'bucket' } = given;
  const options = resolveOptions({ ...given, range: {}, shard: undefined, lock, exitCodes: 'temporary' });
  if (options.dryRun) throw new BackupError('BAD_OPTION', 'A plan cannot be finished in a dry run.');
  const count = new FileCount(options.progress);
  const source = namesOf(options.roots);
  const tally = new Tally();
  let merged: ReportSummary | undefined;
  return runLifecycle({
    options,
    about: { operation: 'backup', dry_run: false, source },
    // Taken later: missing shards are told even while a shard is at work.
    lock: undefined,
    prepare: (control) => {
      const follow = follower(options, control, count, logFailed);
      const take = (entry: FileEntry) => {
        entries.add(entry);
        tally.add(entry);
        follow(entry);
      };
      const summaryOf = (start: Start, failure?: BackupError) =>
        summarize({ options: { ...options, source }, start, tally, failure });
      return {
        work: async (run) => {
          const report = { entries, tally, take, summarize: () => summaryOf(run.start) };
          merged = await new Finishing(options, run, report).work(plan);
        },
        summarize: (start, failure) => merged ?? summaryOf(start, failure),
      };
    },
  });
}

/** The shards have logged what they did. */
function logFailed(logger: Logger, entry: FileEntry): void {
  if (entry.fate === 'failed') logEntry(logger, entry);
}
