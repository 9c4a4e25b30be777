import * as v from 'valibot';
import type { TimelineSample } from '../report/timeline.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = v.pipe(v.string(), v.maxLength(32_767));
const name = v.pipe(v.string(), v.regex(/^[a-z]{1,32}$/));
const tally = v.record(name, count);

const SAMPLE = v.object({
  seconds: v.pipe(v.number(), v.minValue(0)),
  files: count,
  bytes: count,
  at_once: count,
}) satisfies v.GenericSchema<unknown, TimelineSample>;

/** The fields of a report that the page shows; those that only one kind of report has are optional. */
export const PAGE_HEAD = v.object({
  tool_version: text,
  dry_run: v.boolean(),
  exit_code: count,
  interrupted: v.boolean(),
  error: v.nullable(v.object({ code: text, message: text })),
  start_time: text,
  end_time: text,
  duration_seconds: v.pipe(v.number(), v.minValue(0)),
  /** Of a backup. */
  source: v.optional(text),
  bucket: text,
  prefix: text,
  /** Folder of a restore. */
  target: v.optional(text),
  version_at: v.optional(v.nullable(text)),
  run: v.optional(v.nullable(text)),
  total_files: count,
  attempts: count,
  verified_files: v.optional(count),
  unread_files: v.optional(count),
  incomplete_files: v.optional(count),
  removed_folders: v.optional(count),
  restored_files: v.optional(count),
  success_rate_percent: v.optional(v.number()),
  resumed_bytes: v.optional(count),
  counts: tally,
  bytes: tally,
  planned: v.nullable(v.objectWithRest({ files: count, bytes: count }, count)),
  manifest: v.optional(v.nullable(text)),
  /** Missing in reports of versions that recorded none. */
  timeline: v.optional(v.pipe(v.array(SAMPLE), v.maxLength(1_000), v.readonly())),
  /** Missing in reports of versions that recorded none. */
  warnings: v.optional(v.pipe(v.array(text), v.maxLength(100), v.readonly())),
});

/** A report without its lists, as the page reads it. */
export type PageHead = v.InferOutput<typeof PAGE_HEAD>;

export const PAGE_ENTRY = v.object({
  path: text,
  size: v.nullable(count),
  fate: name,
  code: v.nullable(v.pipe(v.string(), v.regex(/^[A-Z0-9_]{1,64}$/))),
  reason: v.nullable(v.string()),
  proof: v.nullable(v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,32}$/))),
  attempts: count,
  resumed_bytes: v.optional(count, 0),
  /** Missing in reports of versions that recorded none. */
  seconds: v.optional(v.nullable(v.pipe(v.number(), v.minValue(0))), null),
});

/** One file or object of a report, as the page reads it. */
export type PageEntry = v.InferOutput<typeof PAGE_ENTRY>;
