import prettyBytes from 'pretty-bytes';
import type { LastSuccess } from '../../manifest/last-success.ts';
import type { RunEnd } from '../../manifest/run-end.ts';
import { formatDuration } from '../config/parse/parse-duration.ts';
import { oneLine } from './printable.ts';
import { shortTime } from './short-time.ts';
import { files } from './summary.ts';

/** States of a check, with the exit codes that Nagios, Icinga and others give to them. */
export const PLUGIN_CODES = { OK: 0, CRITICAL: 2, UNKNOWN: 3 } as const;
export type PluginState = keyof typeof PLUGIN_CODES;

/**
 * Formats the result of a check as a plugin of Nagios does: `S3-BACKUP OK - text | age=60s;;3600;0`.
 *
 * @param data Performance data. Default: none.
 */
export function pluginLine(state: PluginState, text: string, data = ''): string {
  // What is behind a bar are performance data.
  const safe = oneLine(text).replaceAll('|', '/');
  return `S3-BACKUP ${state} - ${safe}${data === '' ? '' : ` | ${data}`}\n`;
}

/** What the check of the last success looks at. */
export interface AgeCheck extends LastSuccess {
  /** The present time by the store's clock, in milliseconds since 1970. */
  readonly now: number;
  /** Oldest age of a last success that passes, in seconds. */
  readonly maxAge: number;
  /** `s3://bucket/prefix/` */
  readonly place: string;
}

/** Judges the age of the last successful run. */
export function ageLine(check: AgeCheck): { readonly state: PluginState; readonly line: string } {
  const { success, failures, now, maxAge } = check;
  if (success === undefined) return { state: 'CRITICAL', line: pluginLine('CRITICAL', noneText(check)) };
  const age = Math.max(0, Math.floor((now - success.ended) / 1_000));
  const state = age > maxAge ? 'CRITICAL' : 'OK';
  const limit = state === 'OK' ? '' : `, more than ${formatDuration(maxAge)}`;
  const text = `the last successful run ended ${shortTime(age)} ago${limit} (${success.id}${countsText(success)})`;
  const data = [`age=${age}s;;${maxAge};0`, ...countsData(success)].join(' ');
  return { state, line: pluginLine(state, text + laterText(failures), data) };
}

function noneText({ failures, runs, place }: AgeCheck): string {
  const [last] = failures;
  if (last === undefined)
    return `no run has stored a manifest below ${place}; set report.manifest to true, or check s3.prefix`;
  if (runs === 1) return `the only run below ${place} (${last.id}) was not successful: ${last.flaw}`;
  const which = runs > failures.length ? `the last ${failures.length} of ${runs}` : runs;
  return `none of ${which} runs below ${place} was successful; the last one (${last.id}): ${last.flaw}`;
}

function laterText(failures: readonly RunEnd[]): string {
  const [last] = failures;
  if (last === undefined) return '';
  const count = failures.length;
  return `; ${count} later ${count === 1 ? 'run was' : 'runs were'} not successful, the last one (${last.id}): ${last.flaw}`;
}

function countsText({ files: count, bytes }: RunEnd): string {
  return count === null || bytes === null ? '' : `: ${files(count)}, ${prettyBytes(bytes)}`;
}

function countsData({ files: count, bytes }: RunEnd): string[] {
  return count === null || bytes === null ? [] : [`files=${count}`, `size=${bytes}B`];
}
