import type { Client } from './client.ts';
import { type DataSet, isMultipart } from './data-set.ts';
import type { Run } from './run-client.ts';
import type { Section } from './section.ts';

export type Measure = 'CPU' | 'wall';
export const MEASURES: readonly Measure[] = ['CPU', 'wall'];

export function secondsOf(run: Run, measure: Measure): number {
  return measure === 'CPU' ? run.userSeconds + run.systemSeconds : run.wallSeconds;
}

/** Whom ours is compared with: who does the same task, and one process with two. */
const RIVALS: Readonly<Record<Client['task'], readonly string[]>> = {
  copy: ['s5cmd', 'rclone', 'rclone-32', 'aws-crt', 'aws-c-s3'],
  move: ['s5cmd-mv', 'rclone-move', 'rclone-move-32'],
  restore: ['s5cmd-restore', 'rclone-restore', 'aws-crt-restore', 'aws-c-s3-restore'],
};
const TWO_PROCESSES = '-2-processes';

export function isRival(ours: Client, { id }: Client): boolean {
  return RIVALS[ours.task].includes(id) || ours.id === id + TWO_PROCESSES;
}

interface RatioGoal {
  readonly ours: readonly string[];
  readonly rival: string;
  readonly measure: Measure;
  /** The most that ours may take of what the rival takes. */
  readonly most: number;
  /** Sections that it is about. */
  readonly sections: readonly string[];
}

const SMALL_FILES = ['small', 'medium', 'images'];
const SLOW = ['slow-1', 'slow-5'];
/** 1.7 times as many files a second. */
const TWO_PROCESSES_MOST = 0.59;

/** Of large files, the MD5 of the whole, which the others do not compute, is left out. */
const RATIO_GOALS: readonly RatioGoal[] = [
  { ours: ['copy'], rival: 'aws-c-s3', measure: 'CPU', most: 1, sections: SMALL_FILES },
  { ours: ['copy-no-md5'], rival: 'aws-c-s3', measure: 'CPU', most: 1, sections: ['large', 'large16'] },
  { ours: ['move'], rival: 's5cmd-mv', measure: 'CPU', most: 0.45, sections: SMALL_FILES },
  { ours: ['move-no-md5'], rival: 's5cmd-mv', measure: 'CPU', most: 0.45, sections: ['large', 'large16'] },
  { ours: ['restore'], rival: 's5cmd-restore', measure: 'CPU', most: 2, sections: ['restore-large16'] },
  { ours: ['restore'], rival: 's5cmd-restore', measure: 'CPU', most: 0.8, sections: ['restore-medium'] },
  { ours: ['restore'], rival: 's5cmd-restore', measure: 'CPU', most: 0.5, sections: ['restore-small'] },
  { ours: ['restore'], rival: 'rclone-restore', measure: 'CPU', most: 1, sections: ['restore-large16'] },
  { ours: ['restore'], rival: 'aws-crt-restore', measure: 'CPU', most: 1, sections: ['restore-large16'] },
  { ours: ['copy'], rival: 's5cmd', measure: 'wall', most: 0.4, sections: ['tls-latency'] },
  { ours: ['copy'], rival: 'rclone-32', measure: 'wall', most: 0.6, sections: SLOW },
  { ours: ['move'], rival: 'rclone-move-32', measure: 'wall', most: 1.5, sections: SLOW },
  ...['copy', 'move'].map((id) => ({
    ours: [id + TWO_PROCESSES],
    rival: id,
    measure: 'wall' as const,
    most: TWO_PROCESSES_MOST,
    sections: ['processes'],
  })),
];

/** The most that ours may take of what the rival takes; undefined where there is no goal. */
export function ratioGoal(
  ours: Client,
  rival: Client,
  measure: Measure,
  section: Section,
): number | undefined {
  const found = RATIO_GOALS.find(
    (goal) =>
      goal.ours.includes(ours.id) &&
      goal.rival === rival.id &&
      goal.measure === measure &&
      goal.sections.includes(section.id),
  );
  return found?.most;
}

const MEGABYTE = 1e6;
/** The default of transfer.memory, 128 MiB, and 120 MB. */
const LARGE_PEAK_MB = 254;
const SMALL_PEAKS_MB: Readonly<Record<Client['task'], number>> = { copy: 150, move: 165, restore: 160 };

/** Of resident memory, in MB; undefined for two processes, which have no goal. */
export function peakGoal({ id, task }: Client, set: DataSet): number | undefined {
  if (id.endsWith(TWO_PROCESSES)) return undefined;
  return isMultipart(set) && task !== 'restore' ? LARGE_PEAK_MB : SMALL_PEAKS_MB[task];
}

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
