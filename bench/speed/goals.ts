import type { Client } from './client.ts';
import { type DataSet, isMultipart } from './data-set.ts';
import type { Run } from './run-client.ts';

export type Measure = 'CPU' | 'wall';
export const MEASURES: readonly Measure[] = ['CPU', 'wall'];
/** Ids of the clients that ours is compared with. */
export const RIVALS = ['s5cmd', 'rclone'];

export function secondsOf(run: Run, measure: Measure): number {
  return measure === 'CPU' ? run.userSeconds + run.systemSeconds : run.wallSeconds;
}

/** The most that ours may take of what the rival's plain upload takes; undefined where there is no goal. */
export function ratioGoal(ours: Client, rival: string, measure: Measure, set: DataSet): number | undefined {
  // The MD5 of the whole file, which the others do not compute, has a goal of its own.
  if (isMultipart(set) && !ours.id.endsWith('-no-md5')) {
    if (rival !== 's5cmd') return undefined;
    return measure === 'CPU' ? 0.9 : 0.6;
  }
  return rival === 's5cmd' ? 0.5 : 0.4;
}

const MEGABYTE = 1e6;
/** The default of transfer.memory, 128 MiB, and 120 MB. */
const LARGE_PEAK_MB = 254;
const SMALL_PEAK_MB = 160;

/** Of resident memory, in MB. */
export const peakGoal = (set: DataSet) => (isMultipart(set) ? LARGE_PEAK_MB : SMALL_PEAK_MB);
export const peakMb = ({ peakBytes }: Run) => peakBytes / MEGABYTE;

const VERIFYING = ['ListObjectsV2', 'HeadObject', 'GetObject'];
/** In percent of the requests that upload. */
export const VERIFY_GOAL_PERCENT = 3;

/** The requests that look at what is stored, in percent of those that upload. */
export function verifyPercent({ stats }: Run): number {
  const total = requestsOf(stats.requests);
  const verifying = VERIFYING.reduce((sum, name) => sum + (stats.requests[name] ?? 0), 0);
  return (100 * verifying) / (total - verifying);
}

export function requestsOf(requests: Readonly<Record<string, number>>): number {
  return Object.values(requests).reduce((sum, count) => sum + count, 0);
}

/** Whether a goal is met, and by how far it is missed. */
export function against(value: number, goal: number, digits: number): string {
  if (value <= goal) return `goal ${goal} met`;
  return `**goal ${goal} missed by ${(value - goal).toFixed(digits)}**`;
}
