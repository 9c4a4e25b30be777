import { readRegularFile } from '../../files/regular-file.ts';

/** What the metrics of the run before tell. */
export interface PreviousMetrics {
  /** Labels of `s3_backup_info`. */
  readonly info: Readonly<Record<string, string>>;
  /** Seconds since 1970; undefined if no run had succeeded. */
  readonly lastSuccess: number | undefined;
}

const LIMIT = { mebibytes: 1, kind: 'file of metrics' };
const SAMPLE = /^([a-z0-9_]+)\{(.*)\} (\S+)$/;
const LABEL = /([a-z_]+)="((?:[^"\\]|\\.)*)"/g;

/** Reads the metrics that this program wrote to a file. @returns undefined if there are none, or they cannot be read */
export function previousMetrics(path: string): PreviousMetrics | undefined {
  const samples = samplesIn(textOf(path));
  const info = samples.get('s3_backup_info');
  if (info === undefined) return undefined;
  const lastSuccess = Number(samples.get('s3_backup_last_success_timestamp_seconds')?.value);
  return { info: info.labels, lastSuccess: Number.isFinite(lastSuccess) ? lastSuccess : undefined };
}

function textOf(path: string): string {
  try {
    return readRegularFile(path, LIMIT).bytes.toString();
  } catch {
    return '';
  }
}

/** The last sample of each name. */
function samplesIn(text: string) {
  const samples = new Map<string, { labels: Record<string, string>; value: string }>();
  for (const line of text.split('\n')) {
    const [, name, labels = '', value = ''] = SAMPLE.exec(line) ?? [];
    if (name !== undefined) samples.set(name, { labels: labelsIn(labels), value });
  }
  return samples;
}

function labelsIn(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(LABEL)].map(([, name = '', value = '']) => [
      name,
      value.replace(/\\(.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped)),
    ]),
  );
}
