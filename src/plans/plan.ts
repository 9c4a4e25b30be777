/**
 * The room `plans` divides the files of a backup among machines, into ranges of keys, finds the range of one run, and makes one run
 * of all.
 */
import { planFolder } from '../core/shard.ts';

/** How the files were counted: by a walk over all of them, by their folders, or by the manifest of a run. */
export type PlannedBy = 'walk' | 'folders' | 'run';

/** The work of one shard. */
export interface PlannedRange {
  /** The first key, without the prefix; null if there is no lower bound. The key need not exist. */
  readonly from: string | null;
  /** The first key that is not in the range, without the prefix; null if there is no upper bound. */
  readonly to: string | null;
  /** Number of files, as they were counted. */
  readonly files: number;
  /** Their size in bytes; null if only names were read. */
  readonly bytes: number | null;
}

/** A plan as it is stored: plan.json. */
export interface Plan {
  /** Version of this form. */
  readonly s3_backup_plan: 1;
  /** `20261130T021500Z-1a2b3c4d`: when the plan was made, by the store's clock if it is known, and eight random digits. */
  readonly id: string;
  readonly tool_version: string;
  /** The folders, as a report names them. */
  readonly source: string;
  readonly bucket: string;
  readonly prefix: string;
  /** Hash of the settings that decide what becomes of which file. A shard compares it with its own. */
  readonly settings: string;
  readonly by: PlannedBy;
  readonly files: number;
  readonly bytes: number | null;
  /** Ranges that together hold every key. The place of a range is the index of its shard. Neighbours start far apart. */
  readonly ranges: readonly PlannedRange[];
}

/** Key of a plan. @param prefix Prefix of the backup, as `normalPrefix` returns it. @param id Id of the plan. */
export function planKey(prefix: string, id: string): string {
  return `${planFolder(prefix, id)}plan.json`;
}
