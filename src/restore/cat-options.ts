import type { Writable } from 'node:stream';
import { RESTORE_DEFAULTS, withDefaults } from '../core/defaults.ts';
import { BackupError } from '../core/errors.ts';
import { normalPrefix } from '../core/key.ts';
import { silent } from '../core/logger.ts';
import {
  nonEmptyString,
  type OptionSchemas,
  objectOf,
  objectWith,
  optional,
  string,
} from '../core/option-schemas.ts';
import { PathScope } from '../core/path-scope.ts';
import { checked, requireOptions } from '../core/require-options.ts';
import type { FileEntry } from '../report/report.ts';
import { patience, RUN_SCHEMA, type RunOptions } from '../run/options.ts';
import type { ObjectOptions } from '../s3/object-options.ts';
import { OBJECT_SCHEMA } from '../s3/store-schema.ts';
import type { RestoreOptions } from './options.ts';
import type { RestoreOutcome } from './outcomes.ts';
import { limitsOf, momentOf } from './resolve-options.ts';

/** Options of `cat`. `bucket`, `output`, and one of `key` and `pattern` are required. */
export interface CatOptions
  extends Omit<RunOptions<FileEntry<RestoreOutcome>>, 'dryRun' | 'waitSeconds'>,
    Pick<RestoreOptions, 'versionAt' | 'run'> {
  /** Stream that the objects are written to. It is not ended. */
  readonly output: Writable;
  /** Path of one object below the prefix: `db/today.sql.gz`. */
  readonly key?: string | undefined;
  /** Pattern, as in .gitignore and relative to the prefix, of the objects that are written one after the other. */
  readonly pattern?: string | undefined;
  /** Customer's key (SSE-C) with which the objects are encrypted. Default: none. */
  readonly object?: Pick<ObjectOptions, 'customerKey'> | undefined;
}

const { dryRun: _, waitSeconds: __, ...SHARED } = RUN_SCHEMA;

export const CAT_SCHEMA: OptionSchemas<CatOptions> = {
  ...SHARED,
  output: objectWith(['on', 'write'], 'a writable stream'),
  key: optional(nonEmptyString),
  pattern: optional(nonEmptyString),
  versionAt: optional(string),
  run: optional(string),
  object: optional(objectOf(OBJECT_SCHEMA)),
};

/**
 * Validates the options of `cat` and fills in the defaults. Touches nothing.
 *
 * @throws BackupError `BAD_OPTION`, which names the option, its value and what is allowed
 */
export function resolveCat(given: CatOptions) {
  const options = requireOptions('cat', CAT_SCHEMA, given);
  const { key, pattern } = options;
  if ((key === undefined) === (pattern === undefined))
    throw new BackupError(
      'BAD_OPTION',
      `key is ${shown(key)}, and pattern is ${shown(pattern)}; exactly one of the two names what is written.`,
    );
  const full = withDefaults(options, RESTORE_DEFAULTS);
  return Object.freeze({
    ...checked(full),
    ...limitsOf(full),
    ...patience(full),
    prefix: normalPrefix(full.prefix),
    scope: new PathScope(pattern),
    versionAt: momentOf(full),
    logger: options.logger ?? silent,
    progress: options.progress ?? { files: 0, failed: 0, bytes: 0 },
  });
}

/** Validated options with every default filled in. */
export type ResolvedCat = ReturnType<typeof resolveCat>;

function shown(value: string | undefined): string {
  return value === undefined ? 'not given' : JSON.stringify(value);
}
