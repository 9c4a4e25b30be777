import { isLimit } from '../../core/errors.ts';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import type { Outcome } from '../../flow/item.ts';
import type { FileEntry, ReportSummary } from '../../report/report.ts';
import { masked } from '../output/mask.ts';
import { cutTo, oneLine, printable } from '../output/printable.ts';
import { files } from '../output/summary.ts';
import type { Placeholder } from './placeholders.ts';

/** How a run ended, in one word. */
export type RunOutcome = 'success' | 'partial' | 'limit' | 'failure' | 'stopped';

/** A file that failed. */
export type Failed = Pick<FileEntry<Outcome>, 'path' | 'code' | 'reason'>;

/** What is known of a run that has ended, and who tells of it. */
export interface RunNews {
  /** `run`, `put` or `finish`. */
  readonly command: string;
  readonly host: string;
  readonly runId: string;
  readonly summary: ReportSummary;
  /** Summary as the terminal shows it. */
  readonly summaryText: string;
  /** The first files that failed. */
  readonly failed: readonly Failed[];
  readonly secrets: readonly string[];
  /** Paths of the report and the log; undefined for what is not written to a file. */
  readonly report: string | undefined;
  readonly log: string | undefined;
}

/** Greatest length of the text in characters: Discord takes 2,000, Slack 3,000. */
const LONGEST_TEXT = 1_900;
const LONGEST_LINE = 200;
const LONGEST_TITLE = 150;

export function outcomeOf({
  exit_code: code,
  error,
}: Pick<ReportSummary, 'exit_code' | 'error'>): RunOutcome {
  if (code === EXIT_CODES.ok) return 'success';
  if (code === EXIT_CODES.interrupted || code === EXIT_CODES.terminated) return 'stopped';
  if (error && isLimit(error)) return 'limit';
  return code === EXIT_CODES.partial ? 'partial' : 'failure';
}

/** One line that says how it ended: `s3-backup on host: 3 files failed (s3://bucket/prefix/)`. */
export function titleOf({ host, summary, secrets }: RunNews): string {
  const { bucket, prefix } = summary;
  const text = `s3-backup on ${host}: ${endOf(summary)} (s3://${bucket}/${prefix})`;
  return cutTo(oneLine(masked(text, secrets)), LONGEST_TITLE);
}

function endOf(summary: ReportSummary): string {
  const { error, counts, warnings } = summary;
  switch (outcomeOf(summary)) {
    case 'success':
      return 'success';
    case 'stopped':
      return 'stopped by a signal';
    case 'failure':
      return `failed (${error?.code ?? 'INTERNAL'})`;
    case 'limit':
      return `ended at its limit (${error?.code})`;
    case 'partial':
      if (counts.failed > 0) return `${files(counts.failed)} failed`;
      return warnings.length > 0 ? 'a hook failed' : 'incomplete';
  }
}

/** Some lines with the summary, why it failed, the first files that failed, and where to read more. */
export function textOf(news: RunNews): string {
  const { summary, summaryText, failed, secrets, report, log } = news;
  const { error, warnings, counts } = summary;
  const more = counts.failed - failed.length;
  const lines = [
    ...(error ? [`${oneLine(error.message)} [${error.code}]`] : []),
    ...warnings.map(oneLine),
    ...failed.map(failedLine),
    ...(failed.length > 0 && more > 0 ? [`... and ${more} more`] : []),
    ...(report === undefined ? [] : [`Report: ${printable(report)}`]),
    ...(log === undefined ? [] : [`Log: ${printable(log)}`]),
  ].map((line) => cutTo(masked(line, secrets), LONGEST_LINE));
  const text = [masked(summaryText, secrets).trimEnd(), ...lines].map((line) => `${line}\n`).join('');
  return cutTo(text, LONGEST_TEXT);
}

function failedLine({ path, code, reason }: Failed): string {
  return `${printable(path)}: ${oneLine(reason ?? '')} [${code}]`;
}

/** The values that a template can have. */
export function valuesOf(news: RunNews): Record<Placeholder, string> {
  const { command, host, runId, summary, report = '', log = '' } = news;
  return {
    title: titleOf(news),
    text: textOf(news),
    outcome: outcomeOf(summary),
    exit_code: String(summary.exit_code),
    error: summary.error?.code ?? '',
    command,
    host,
    source: summary.source,
    bucket: summary.bucket,
    prefix: summary.prefix,
    files: String(summary.total_files),
    failed: String(summary.counts.failed),
    start_time: summary.start_time,
    end_time: summary.end_time,
    duration_seconds: String(summary.duration_seconds),
    run_id: runId,
    report,
    log,
  };
}

/** The JSON object that a webhook without a template sends. Fields are only ever added. */
export function objectOf(news: RunNews): object {
  const { command, host, runId, summary, failed, secrets, report = null, log = null } = news;
  const { timeline: _, schema_version, ...fields } = summary;
  return {
    schema_version,
    title: titleOf(news),
    text: textOf(news),
    outcome: outcomeOf(summary),
    command,
    host,
    run_id: runId,
    ...fields,
    failed: failed.map((each) => ({ ...each, reason: each.reason && masked(each.reason, secrets) })),
    report,
    log,
  };
}
