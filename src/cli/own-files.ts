import { realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
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
  const inside = (file: string, ending = '') => patternOf(file, source, ending);
  return [
    ...[...files, ...included, ...excluded].map((file) => inside(resolve(cwd, file))),
    ...(log === undefined
      ? []
      : [inside(log), ...digits(backups).map((number) => inside(log, `.${number}`))]),
    ...[report === '-' ? undefined : report, md5sums].flatMap((file) =>
      file === undefined ? [] : [inside(file), inside(join(dirname(file), `.${basename(file)}.`), '*.tmp')],
    ),
  ].filter((pattern) => pattern !== undefined);
}

/** `[0-9]`, `[0-9][0-9]`, ... as far as rotated logs are numbered. */
function digits(most: number): string[] {
  return most === 0 ? [] : Array.from(String(most), (_digit, index) => '[0-9]'.repeat(index + 1));
}

function patternOf(file: string, source: string, ending: string): string | undefined {
  const path = relative(real(source), join(real(dirname(file)), basename(file)));
  if (path === '..' || path.startsWith(`..${sep}`) || resolve(path) === path) return undefined;
  return `/${path.replaceAll(sep, '/').replace(/[\\*?[\]{}()!|]/g, '\\$&')}${ending}`;
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
