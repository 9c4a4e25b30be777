import prettyBytes from 'pretty-bytes';
import { cleanUp, type Leftover } from '../cleanup.ts';
import { BackupError } from '../errors.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { normalPrefix } from '../key.ts';
import { destinationOptions, secretsOf } from './backup-options.ts';
import { FormError } from './config/form-error.ts';
import type { LoadedConfig } from './config/index.ts';
import { parseDuration } from './config/parse-duration.ts';
import type { CliContext } from './context.ts';
import { masked } from './mask.ts';
import { oneLine, printable, safeJson } from './printable.ts';

/** What the command line says beside the settings. */
export interface CleanupFlags {
  readonly olderThan: string;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** @returns 0, or 2 where an upload could not be aborted */
export async function showCleanup(
  { stdout, stderr }: CliContext,
  config: LoadedConfig,
  { olderThan, dryRun, json }: CleanupFlags,
): Promise<number> {
  for (const warning of config.warnings) stderr.write(`s3-backup: ${warning}\n`);
  const options = destinationOptions(config);
  const olderThanSeconds = durationOf(olderThan);
  const secrets = secretsOf(config.settings);
  const totals = new Totals();
  if (!json) stdout.write(`Unfinished uploads in ${placeOf(options.bucket, options.prefix)}\n`);
  for await (const leftover of cleanUp({ ...options, olderThanSeconds, dryRun })) {
    totals.add(leftover);
    stdout.write(masked(json ? jsonLine(leftover) : textLine(leftover), secrets));
  }
  if (!json) stdout.write(totals.text(olderThan, dryRun));
  return totals.counts.failed > 0 ? EXIT_CODES.partial : EXIT_CODES.ok;
}

function durationOf(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    if (!(error instanceof FormError)) throw error;
    throw new BackupError('BAD_OPTION', `--older-than is ${JSON.stringify(text)}; use ${error.message}.`);
  }
}

function placeOf(bucket: string, prefix = ''): string {
  const normal = normalPrefix(prefix);
  return `s3://${bucket}/${printable(normal)}${normal === '' ? ' (the whole bucket)' : ''}`;
}

const VERBS: Readonly<Record<Leftover['outcome'], string>> = {
  aborted: 'aborted',
  due: 'would abort',
  left: 'left',
  failed: 'failed',
};

function textLine({ key, begun, bytes, parts, outcome, reason }: Leftover): string {
  const size = (bytes === undefined ? '?' : prettyBytes(bytes)).padStart(9);
  const since = begun?.toISOString() ?? 'unknown'.padEnd(24);
  const why = reason === undefined ? '' : ` (${oneLine(reason)})`;
  return `  ${VERBS[outcome].padEnd(11)} ${size} ${partsText(parts).padStart(12)}  begun ${since}  ${printable(key)}${why}\n`;
}

function partsText(count: number | undefined): string {
  if (count === undefined) return '? parts';
  return `${count} ${count === 1 ? 'part' : 'parts'}`;
}

function jsonLine({ key, uploadId, begun, bytes, parts, outcome, reason }: Leftover): string {
  const told = { key, upload_id: uploadId, begun: begun?.toISOString() ?? null, outcome };
  const held = { bytes: bytes ?? null, parts: parts ?? null };
  return `${safeJson(JSON.stringify({ ...told, ...held, reason: reason ?? null }))}\n`;
}

/** Counts them for the last line. */
class Totals {
  readonly counts: Record<Leftover['outcome'], number> = { aborted: 0, due: 0, left: 0, failed: 0 };
  #freed = 0;

  add({ outcome, bytes = 0 }: Leftover): void {
    this.counts[outcome] += 1;
    if (outcome === 'aborted' || outcome === 'due') this.#freed += bytes;
  }

  text(olderThan: string, dryRun: boolean): string {
    const { aborted, due, left, failed } = this.counts;
    const size = prettyBytes(this.#freed);
    const sentences = [
      dryRun
        ? `${due} would be aborted${due > 0 ? `, which frees ${size}` : ''}`
        : `${aborted} aborted, ${size} freed`,
      ...(left > 0 ? [`${left} younger than ${olderThan} left`] : []),
      ...(failed > 0 ? [`${failed} could not be aborted`] : []),
    ];
    return `${sentences.join('; ')}\n`;
  }
}
