import { lockRun } from '../backup/backup.ts';
import type { ResolvedOptions } from '../backup/resolve-options.ts';
import { storeManifest } from '../backup/store-manifest.ts';
import { BackupError, messageOf } from '../core/errors.ts';
import { planLeaseKey } from '../lease/lease-key.ts';
import { startOfRun } from '../manifest/record-keys.ts';
import type { Entries } from '../report/entries.ts';
import type { FileEntry, ReportSummary } from '../report/report.ts';
import type { Tally } from '../report/tally.ts';
import { logged, type OpenRun } from '../run/lifecycle.ts';
import { type OpenLease, openLease } from '../run/open-lease.ts';
import { setTotal } from '../run/progress.ts';
import { accessErrorFrom } from '../s3/access.ts';
import { StoreError } from '../s3/store-error.ts';
import { type ShardRuns, shardsOf } from './ended-shards.ts';
import { recoverPlan } from './left-claims.ts';
import { mergeShards } from './merge-shards.ts';
import type { Plan } from './plan.ts';
import { readPlan } from './read-plan.ts';
import { requireSameWork } from './same-work.ts';
import { ShardsMissing } from './shards-missing.ts';

/** The report that the shards are merged into. */
export interface MergedReport {
  readonly entries: Entries;
  readonly tally: Tally;
  /** Takes the entry of each file. */
  readonly take: (entry: FileEntry) => void;
  /** Makes the summary of what was taken. */
  readonly summarize: () => ReportSummary;
}

/** The work of finishing a plan, once the bucket has answered. */
export class Finishing {
  readonly #options: ResolvedOptions;
  readonly #run: Pick<OpenRun, 'store' | 'control' | 'start'>;
  readonly #report: MergedReport;

  constructor(options: ResolvedOptions, run: OpenRun, report: MergedReport) {
    this.#options = options;
    this.#run = run;
    this.#report = report;
  }

  /**
   * Merges the shards of a plan and stores the manifest.
   *
   * @param id Id of the plan.
   * @returns the summary of the merged run; undefined if it was stopped, or has failed since the merge began
   * @throws BackupError before that: `SHARDS_MISSING`, ...
   */
  async work(id: string): Promise<ReportSummary | undefined> {
    const plan = await this.#explained(() => this.#findPlan(id));
    if (plan === undefined) return undefined;
    return this.#alone(plan, async () => {
      const shards = await this.#explained(() => this.#recoveredShards(plan));
      if (shards === undefined) return undefined;
      const { logger } = this.#options;
      const { control } = this.#run;
      const { counts } = this.#report.tally;
      let merged: ReportSummary | undefined;
      await logged({ name: 'finish', logger, control, settings: { plan: id }, counts }, async () => {
        merged = await this.#explained(() => this.#merge(plan, shards));
      });
      return merged;
    });
  }

  /** Works while no run on this machine works on the files, and no other machine finishes the plan. */
  async #alone<T>({ id, prefix }: Plan, work: () => Promise<T>): Promise<T> {
    const { lock, waitSeconds } = this.#options;
    const release = await lockRun(this.#options, this.#run.start);
    let lease: OpenLease | undefined;
    try {
      if (lock === 'bucket')
        lease = await openLease(this.#options, { key: planLeaseKey(prefix, id), waitSeconds }, this.#run);
      return await work();
    } finally {
      await lease?.close();
      release();
    }
  }

  /** Finds the plan. Missing shards are told before the lock is taken: a shard that is at work holds it. */
  async #findPlan(id: string): Promise<Plan | undefined> {
    const plan = await readPlan(this.#run.store, this.#options.prefix, id);
    requireSameWork(plan, this.#options);
    return (await this.#endedShards(plan)) && plan;
  }

  /** @returns undefined if it was stopped */
  async #endedShards(plan: Plan): Promise<readonly ShardRuns[] | undefined> {
    const { store, control } = this.#run;
    const shards: ShardRuns[] = [];
    for await (const shard of shardsOf(store, plan)) {
      if (control.stopping.aborted) return undefined;
      shards.push(shard);
    }
    requireAll(
      plan,
      shards.filter(({ complete }) => complete === undefined),
    );
    return shards;
  }

  /** Puts back what killed runs have left claimed. A shard whose files are back has to run again. */
  async #recoveredShards(plan: Plan): Promise<readonly ShardRuns[] | undefined> {
    const shards = await this.#endedShards(plan);
    if (shards === undefined || !this.#options.deleteAfterUpload) return shards;
    requireAll(plan, await recoverPlan(shards, { options: this.#options, run: this.#run, plan: plan.id }));
    return this.#run.control.stopping.aborted ? undefined : shards;
  }

  async #merge(plan: Plan, shards: readonly ShardRuns[]): Promise<ReportSummary | undefined> {
    const options = this.#options;
    const { store, control } = this.#run;
    const { tally, take, entries, summarize } = this.#report;
    setTotal(options.progress, plan.files, plan.bytes ?? 0);
    const onFolderRemoved = (path: string) => {
      tally.removedFolders += 1;
      options.logger.info({ operation: 'prune', path }, 'emptied folder removed');
    };
    await mergeShards(shards, { options, store, control, take, onFolderRemoved });
    if (control.stopping.aborted) return undefined;
    const summary = { ...summarize(), ...timesOf(plan, shards) };
    try {
      const manifest = await storeManifest(options, summary, entries, { run: plan.id, replaces: true });
      options.logger.info({ operation: 'manifest', key: manifest }, 'manifest stored');
      return { ...summary, manifest };
    } catch (error) {
      if (control.stopping.aborted) return undefined;
      throw new BackupError(
        'MANIFEST_FAILED',
        `The manifest of plan ${plan.id} was not stored: ${messageOf(error)}`,
        { hint: 'Finish the plan again.', cause: error },
      );
    }
  }

  /** @returns undefined if requests were aborted */
  async #explained<T>(work: () => Promise<T>): Promise<T | undefined> {
    const { store, control } = this.#run;
    try {
      return await work();
    } catch (error) {
      if (control.aborting.aborted) return undefined;
      throw error instanceof StoreError ? accessErrorFrom(error, store) : error;
    }
  }
}

/** @throws ShardsMissing */
function requireAll({ id, ranges }: Plan, missing: readonly ShardRuns[]): void {
  const indices = missing.map(({ index }) => index).sort((a, b) => a - b);
  if (indices.length > 0) throw new ShardsMissing(id, indices, ranges.length);
}

/**
 * The times of the merged run: from the plan to the end of the last shard. They do not depend on when the plan is finished, so that
 * the manifest is always the same.
 */
function timesOf({ id }: Plan, shards: readonly ShardRuns[]) {
  const start = Date.parse(startOfRun(id) ?? '');
  const end = shards.reduce((latest, { ended }) => Math.max(latest, ended), start);
  return {
    start_time: new Date(start).toISOString(),
    end_time: new Date(end).toISOString(),
    duration_seconds: (end - start) / 1000,
  };
}
