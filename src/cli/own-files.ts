import { realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { normalPrefix } from '../key.ts';
import { sourcesOf } from './backup-options.ts';
import type { LoadedConfig } from './config/index.ts';

/**
 * Patterns for what the run itself reads and writes, as far as it lies in the source folder: the configuration with its
 * secrets, files of rules, the log and the report in the making. A move would take them away under the run's own hands.
 */
export function ownFiles({ settings, files }: LoadedConfig, cwd: string): string[] {
  const source = settings.backup.source_directory;
  if (source === undefined) return [];
  const { log_file: log, backup_count: backups } = settings.logging;
  const { output_json: report, md5sums } = settings.report;
  const { include_from: included, exclude_from: excluded } = settings.backup;
  const named = [...files, ...included, ...excluded].map((file) => [resolve(cwd, file), ''] as const);
  const logs = log === undefined ? [] : ['', ...digits(backups).map((number) => `.${number}`)];
  const outputs = [report === '-' ? undefined : report, md5sums].filter((file) => file !== undefined);
  const own: (readonly [file: string, ending: string])[] = [
    ...named,
    ...logs.map((ending) => [log ?? '', ending] as const),
    ...outputs.flatMap((file) => [
      [file, ''] as const,
      [join(dirname(file), `.${basename(file)}.`), '*.tmp'] as const,
    ]),
  ];
  return placesOf(source).flatMap((place) =>
    own.map(([file, ending]) => patternOf(file, place, ending)).filter((pattern) => pattern !== undefined),
  );
}

interface Place {
  readonly folder: string;
  /** What the paths of its files begin with in the report. */
  readonly label: string;
}

function placesOf(given: string | readonly string[]): Place[] {
  const source = sourcesOf(given);
  if (typeof source === 'string') return [{ folder: source, label: '' }];
  return source.map(({ folder, prefix }) => ({ folder, label: normalPrefix(prefix ?? basename(folder)) }));
}

/** `[0-9]`, `[0-9][0-9]`, ... as far as rotated logs are numbered. */
function digits(most: number): string[] {
  return most === 0 ? [] : Array.from(String(most), (_digit, index) => '[0-9]'.repeat(index + 1));
}

function patternOf(file: string, { folder, label }: Place, ending: string): string | undefined {
  const path = relative(real(folder), join(real(dirname(file)), basename(file)));
  if (path === '..' || path.startsWith(`..${sep}`) || resolve(path) === path) return undefined;
  return `/${(label + path.replaceAll(sep, '/')).replace(/[\\*?[\]{}()!|]/g, '\\$&')}${ending}`;
}

/** With every link resolved, as far as the path exists. */
function real(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(real(parent), basename(path));
  }
}
