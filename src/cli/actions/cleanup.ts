import prettyBytes from 'pretty-bytes';
import { cleanUp, type Leftover } from '../../bucket/cleanup.ts';
import { BackupError } from '../../core/errors.ts';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import { normalPrefix } from '../../core/key.ts';
import type { LoadedConfig } from '../config/index.ts';
import { FormError } from '../config/parse/form-error.ts';
import { parseDuration } from '../config/parse/parse-duration.ts';
import type { CliContext } from '../context.ts';
import { masked } from '../output/mask.ts';
import { oneLine, printable, safeJson } from '../output/printable.ts';
import { Screen } from '../output/screen.ts';
import { removeLeftOutputs } from '../session/left-outputs.ts';
import { destinationOptions, secretsOf } from '../session/options-from-settings.ts';
import { displayProgress } from '../session/progress-display.ts';

/** The flags of this command that are not settings. */
export interface CleanupFlags {
  readonly olderThan: string;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/**
 * Runs `s3-backup cleanup`: prints one line for each leftover, and totals.
 *
 * @returns 0, or 2 if something could not be aborted or removed
 * @throws BackupError `BAD_OPTION` if `olderThan` is not a duration
 */
export async function cleanupAction(
  context: CliContext,
  config: LoadedConfig,
  { olderThan, dryRun, json }: CleanupFlags,
): Promise<number> {
  const { stdout, stderr } = context;
  for (const warning of config.warnings) stderr.write(`s3-backup: ${oneLine(warning)}\n`);
  const options = destinationOptions(config);
  const olderThanSeconds = durationOf(olderThan);
  const secrets = secretsOf(config.settings);
  const totals = new Totals();
  const screen = new Screen(context);
  if (!json) stdout.write(`Unfinished uploads in ${placeOf(options.bucket, options.prefix)}\n`);
  const { progress, end } = displayProgress({
    ...{ context, screen, config, secrets },
    words: { items: ['upload', 'uploads'], moved: '' },
    isHidden: dryRun,
  });
  try {
    for await (const leftover of cleanUp({ ...options, olderThanSeconds, dryRun, progress })) {
      totals.add(leftover);
      const line = masked(json ? jsonLine(leftover) : textLine(leftover), secrets);
      screen.aside(() => stdout.write(line));
    }
  } finally {
    end();
  }
  for (const file of dryRun ? [] : removeLeftOutputs(config))
    stdout.write(json ? `${safeJson(JSON.stringify({ file, outcome: 'removed' }))}\n` : fileLine(file));
  if (!json) stdout.write(totals.text(olderThan, dryRun));
  return totals.failed > 0 ? EXIT_CODES.partial : EXIT_CODES.ok;
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

function fileLine(file: string): string {
  return `  removed ${printable(file)}\n`;
}

type Verbs = Readonly<Record<Leftover['outcome'], string>>;
const VERBS: Verbs = {
  aborted: 'aborted',
  removed: 'removed',
  due: 'would abort',
  left: 'left',
  failed: 'failed',
};
const PROBE_VERBS: Verbs = { ...VERBS, due: 'would remove' };

function textLine({ key, uploadId, begun, bytes, parts, outcome, reason }: Leftover): string {
  const isUpload = uploadId !== undefined;
  const columns = [
    (isUpload ? VERBS : PROBE_VERBS)[outcome].padEnd(12),
    (bytes === undefined ? '?' : prettyBytes(bytes)).padStart(9),
    (isUpload ? partsText(parts) : '').padStart(12),
  ];
  const since = `${isUpload ? 'begun' : 'written'} ${begun?.toISOString() ?? 'unknown'.padEnd(24)}`;
  const why = reason === undefined ? '' : ` (${oneLine(reason)})`;
  return `  ${columns.join(' ')}  ${since}  ${printable(key)}${why}\n`;
}

function partsText(count: number | undefined): string {
  if (count === undefined) return '? parts';
  return `${count} ${count === 1 ? 'part' : 'parts'}`;
}

function jsonLine({ key, uploadId, begun, bytes, parts, outcome, reason }: Leftover): string {
  const told = { key, upload_id: uploadId ?? null, begun: begun?.toISOString() ?? null, outcome };
  const held = { bytes: bytes ?? null, parts: parts ?? null };
  return `${safeJson(JSON.stringify({ ...told, ...held, reason: reason ?? null }))}\n`;
}

/** Counts the outcomes, for the last line. */
class Totals {
  readonly #uploads = zeroCounts();
  readonly #probes = zeroCounts();
  #freed = 0;

  add({ uploadId, outcome, bytes = 0 }: Leftover): void {
    const counts = uploadId === undefined ? this.#probes : this.#uploads;
    counts[outcome] += 1;
    if (uploadId !== undefined && (outcome === 'aborted' || outcome === 'due')) this.#freed += bytes;
  }

  get failed(): number {
    return this.#uploads.failed + this.#probes.failed;
  }

  text(olderThan: string, dryRun: boolean): string {
    const [uploads, probes] = [this.#uploads, this.#probes];
    const size = prettyBytes(this.#freed);
    const left = uploads.left + probes.left;
    const sentences = [
      dryRun
        ? `${uploads.due} would be aborted${uploads.due > 0 ? `, which frees ${size}` : ''}`
        : `${uploads.aborted} aborted, ${size} freed`,
      ...(probes.due > 0 ? [`${probeObjects(probes.due)} would be removed`] : []),
      ...(probes.removed > 0 ? [`${probeObjects(probes.removed)} removed`] : []),
      ...(left > 0 ? [`${left} left: younger than ${olderThan}`] : []),
      ...(uploads.failed > 0 ? [`${uploads.failed} could not be aborted`] : []),
      ...(probes.failed > 0 ? [`${probeObjects(probes.failed)} could not be removed`] : []),
    ];
    return `${sentences.join('; ')}\n`;
  }
}

function zeroCounts(): Record<Leftover['outcome'], number> {
  return { aborted: 0, removed: 0, due: 0, left: 0, failed: 0 };
}

function probeObjects(count: number): string {
  return `${count} ${count === 1 ? 'object' : 'objects'} of \`status\``;
}
