import { type Stats, statSync } from 'node:fs';
import rc from 'rc';
import { messageOf, systemCode } from '../../../core/errors.ts';
import { type FileContent, readRegularFile, requireFit, UnfitFile } from '../../../files/regular-file.ts';
import { ConfigError, type ConfigErrorCode, failOn } from '../config-error.ts';
import { CONFIG_LIMIT } from '../config-limit.ts';
import { mayBeOurs } from '../other-programs.ts';
import { fileProblems, foundFileProblems } from '../trust.ts';
import { configPlaces, type Place, RC_NAME, type Surroundings } from './places.ts';

/** A configuration file and its content. */
export interface ConfigFile {
  readonly place: Place;
  readonly text: string;
  /** State of the descriptor that was read; undefined for a draft. */
  readonly stats: Stats | undefined;
}

/** The files of this program, in rising precedence, and one warning for each that belongs to another program. */
export interface ConfigFiles {
  readonly files: readonly ConfigFile[];
  readonly ignored: readonly string[];
}

/**
 * Reads the configuration files of rc's usual places, of `backup_config` and of `--config`, in rising precedence.
 *
 * rc itself searches from `process.cwd()` and the HOME of the process, and reads `process.env`. If `surroundings` differ from
 * these, they count: files that rc read from elsewhere are dropped, and files that it missed are read here.
 *
 * The owner and mode of a file are checked before it is parsed, on the descriptor that it was read by.
 *
 * @throws ConfigError for files that rc would skip (a named file that is missing, an existing file that cannot be read), and
 * for a file that another user may have written
 */
export function readConfigFiles(surroundings: Surroundings): ConfigFiles {
  // `--config "$FILE"` with an unset variable must not run with some other configuration.
  if (surroundings.configFile === '') failOn('CONFIG_NOT_FOUND', ['--config: the file name is empty']);
  const { draft } = surroundings;
  const isDraft = ({ file }: Place) => file === draft?.file;
  const places = configPlaces(surroundings).filter((place) => isDraft(place) || isThere(place));
  const found = places.map((place) =>
    draft && isDraft(place)
      ? { place, bytes: Buffer.from(draft.text), stats: undefined }
      : { place, ...contentOf(place) },
  );
  const contents = found.filter(
    ({ place, bytes }) => place.kind !== 'shared' || mayBeOurs(bytes.toString('utf8')),
  );
  failOn(
    'CONFIG_UNTRUSTED',
    contents.flatMap(({ place, stats }) => trustProblems(place, stats, surroundings)),
  );
  const texts = textsFromRc(places.findLast(({ kind }) => kind === 'named')?.file);
  const files = contents.map(({ place, bytes, stats }) => {
    const text = bytes.toString('utf8');
    if (stats && (texts.get(place.file) ?? text) !== text)
      throw unreadable(place, 'changed while it was read; try again');
    return { place, text, stats };
  });
  const ignored = found
    .filter((each) => !contents.includes(each))
    .map(({ place }) => `${place.name}: not read because it has no setting of s3-backup`);
  return { files, ignored };
}

const NAMED_ADVICE =
  'use chown or chmod go-w, name another file, or use --trust-config (not with deletion on)';

function trustProblems(
  { kind, file, name }: Place,
  stats: Stats | undefined,
  { cwd, trustConfig = false }: Surroundings,
): string[] {
  const read = { file, name, stats };
  if (kind === 'named') return trustConfig ? [] : fileProblems(read, NAMED_ADVICE);
  const advice = 'use chown or chmod go-w if you trust it, or move it';
  return kind === 'found' ? foundFileProblems(read, cwd, advice) : fileProblems(read, advice);
}

/**
 * Has rc read the files, and returns their texts by path. rc passes no file name to the parser, but calls it in the order of
 * its list `configs`. The values that rc merges are not used.
 */
function textsFromRc(config: string | undefined): Map<string, string> {
  const texts: string[] = [];
  const keep = (text: string) => {
    texts.push(text);
    return {};
  };
  // @types/rc allows only null as `argv`, but with null rc would parse the command line itself.
  const call = rc as (
    name: string,
    defaults: object,
    argv: object,
    parse: typeof keep,
  ) => { configs?: unknown };
  try {
    const { configs } = call(RC_NAME, {}, config === undefined ? {} : { config }, keep);
    // Without any file, `configs` can be the text of a variable `backup_configs`.
    const files = texts.length > 0 && Array.isArray(configs) ? configs : [];
    return new Map(files.map((file, index) => [String(file), texts[index] ?? '']));
  } catch (error) {
    // A variable whose name has thousands of `__` exhausts the stack; it is reported as unknown later on.
    if (error instanceof RangeError) return new Map();
    throw error;
  }
}

/** Whether there is a file at this place. In the usual places a folder does not count, as in rc: `~/.config/backup`. */
function isThere(place: Place): boolean {
  const stats = statOf(place);
  if (stats === undefined || (stats.isDirectory() && place.kind !== 'named')) return false;
  explained(place, () => requireFit(stats, CONFIG_LIMIT));
  return true;
}

function contentOf(place: Place): FileContent {
  return explained(place, () => readRegularFile(place.file, CONFIG_LIMIT));
}

function explained<T>(place: Place, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnfitFile) throw unreadable(place, error.message);
    throw unreadable(
      place,
      `cannot be read (${systemCode(error)}); change its permissions, or run as its owner`,
    );
  }
}

function statOf(place: Place): Stats | undefined {
  try {
    return statSync(place.file);
  } catch (error) {
    if (place.kind !== 'named') return undefined;
    const missing = ['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '');
    const advice = 'check the path; s3-backup init writes a sample';
    if (missing) throw failure('CONFIG_NOT_FOUND', place, `no such file; ${advice}`);
    throw unreadable(place, `cannot be read (${messageOf(error)})`);
  }
}

function unreadable(place: Place, what: string): ConfigError {
  return failure('CONFIG_UNREADABLE', place, what);
}

function failure(code: ConfigErrorCode, place: Place, what: string): ConfigError {
  return new ConfigError(code, [`${place.name}: ${what}`]);
}
