import { realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { labelOf } from '../../source/sources.ts';
import type { LoadedConfig, Settings } from '../config/index.ts';
import { ALL, INDEX } from './config-of-shard.ts';
import { isStdout } from './is-stdout.ts';
import { sourcesOf } from './options-from-settings.ts';

/** Largest index of a shard: no plan has more than 10,000 of them. */
const LAST_INDEX = 9_999;

/**
 * Makes patterns for the files that the run itself reads and writes, if they lie in the source: the configuration with its
 * secrets, rule files, the log, and the unfinished report. A move would take these away while the run uses them.
 *
 * @param inPlan Whether `%i` in the name of an output stands for an index, so that the outputs of all shards, and of what finishes the plan, are meant.
 */
export function ownFiles({ settings, files }: LoadedConfig, cwd: string, inPlan = false): string[] {
  const source = settings.backup.source_directory;
  if (source === undefined) return [];
  const read = [...files, ...settings.backup.include_from, ...settings.backup.exclude_from];
  return placesOf(source).flatMap((place) => {
    const named = read.map((file) => patternOf(resolve(cwd, file), place));
    return [...named.filter((pattern) => pattern !== undefined), ...ownOutputs(settings, place, inPlan)];
  });
}

interface Place {
  readonly folder: string;
  /** Prefix of the folder's paths in the report. */
  readonly label: string;
}

function placesOf(given: string | readonly string[]): Place[] {
  const source = sourcesOf(given);
  if (typeof source === 'string') return [{ folder: source, label: '' }];
  return source.map((each) => ({ folder: each.folder, label: labelOf(each) }));
}

/**
 * Makes patterns for the files that the run itself writes, if they lie in a folder: the log, its older files, and the report.
 *
 * @param inPlan As for `ownFiles`.
 */
export function ownOutputs({ logging, report: reports }: Settings, place: Place, inPlan = false): string[] {
  const { log_file: log, backup_count: backups } = logging;
  const { output_json: report, md5sums, html, events, metrics } = reports;
  const inside = (file: string, ending = '') => patternOf(file, place, ending);
  const patterns = [
    ...(log === undefined
      ? []
      : [inside(log), ...digits(backups).map((number) => inside(log, `.${number}`))]),
    ...(events === undefined || isStdout(events) || events.startsWith('fd:') ? [] : [inside(events)]),
    ...[report === '-' ? undefined : report, md5sums, html, metrics].flatMap((file) =>
      file === undefined ? [] : [inside(file), inside(join(dirname(file), `.${basename(file)}.`), '*.tmp')],
    ),
  ].filter((pattern) => pattern !== undefined);
  return inPlan ? [...new Set(patterns.flatMap(ofAllShards))] : patterns;
}

function ofAllShards(pattern: string): string[] {
  const named = (index: string) => pattern.replace(/[^/]*$/, (name) => name.replaceAll(INDEX, index));
  return [...digits(LAST_INDEX), ALL].map(named);
}

/** Patterns for the numbers of rotated logs or of shards, one for each number of digits: `[0-9]`, `[0-9][0-9]`, ... */
function digits(maximum: number): string[] {
  return maximum === 0 ? [] : Array.from(String(maximum), (_digit, index) => '[0-9]'.repeat(index + 1));
}

function patternOf(file: string, { folder, label }: Place, ending = ''): string | undefined {
  const path = relative(real(folder), join(real(dirname(file)), basename(file)));
  if (path === '..' || path.startsWith(`..${sep}`) || resolve(path) === path) return undefined;
  return `/${(label + path.replaceAll(sep, '/')).replace(/[\\*?[\]{}()!|]/g, '\\$&')}${ending}`;
}

/** Resolves every link, as far as the path exists. */
function real(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(real(parent), basename(path));
  }
}
