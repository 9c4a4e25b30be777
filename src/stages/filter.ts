import { DEFAULTS } from '../core/defaults.ts';
import { foldKey, type KeyFolding } from '../core/fold-key.ts';
import { keyFor, LINK_SUFFIX, MAX_KEY_BYTES, normalPrefix } from '../core/key.ts';
import { type OptionSchemas, object, optional, string } from '../core/option-schemas.ts';
import { requireOptions } from '../core/require-options.ts';
import { isOwnPath, OWN_FOLDER } from '../core/reserved-names.ts';
import { assignCopy } from '../flow/assign-copy.ts';
import { type Found, type Item, pass, type Selected, settle } from '../flow/item.ts';
import { type Stage, stage } from '../flow/stage.ts';
import { Selection, type SelectionOptions } from '../selection/selection.ts';
import { SELECTION_SCHEMA } from '../selection/selection-schema.ts';
import { leftOutBySizeOrAge } from '../selection/size-and-age.ts';
import { lookAt } from '../source/look.ts';
import { absolutePath } from '../source/root.ts';
import * as schemas from './option-schemas.ts';

export interface FilterOptions extends SelectionOptions {
  /** A selection that was already made from the same options. Default: one is made from them. */
  readonly selection?: Selection | undefined;
  /** Prefix of all keys; a `/` is put after it. Default ''. */
  readonly prefix?: string | undefined;
  /** Folded keys that several files share. Default: none. */
  readonly collisions?: ReadonlySet<string> | undefined;
  /** How the store folds keys. Default `none`. */
  readonly keyFolding?: KeyFolding | undefined;
}

/** @internal */
export const FILTER_SCHEMA: OptionSchemas<FilterOptions> = {
  ...SELECTION_SCHEMA,
  selection: optional(object),
  prefix: optional(string),
  collisions: optional(object),
  keyFolding: schemas.keyFolding,
};

/**
 * Stage 2: selects files and gives each its key.
 *
 * - In: found files. Out: selected ones with their key.
 * - Settles as skipped: EXCLUDED, OWN_FILE, TOO_YOUNG, TOO_OLD, TOO_SMALL, TOO_BIG; as failed: KEY_TOO_LONG, KEY_COLLISION,
 *   KEY_RESERVED, RULES_UNUSABLE.
 * - Looks at names only, unless an age or a size is asked for, a link is stored (one lstat), or folders have rules.
 *
 * @throws BackupError `BAD_OPTION` for a pattern, an extension or a rule file that cannot be used
 */
export function filter(options: FilterOptions = {}): Stage<Found, Selected> {
  requireOptions('filter', FILTER_SCHEMA, options);
  return stage(1, selecting(options));
}

/** Makes the function that selects a file and gives it its key, or settles it. @throws BackupError as `filter` does */
export function selecting(options: FilterOptions): (file: Found) => Item<Selected> {
  const selection = options.selection ?? new Selection(options);
  const prefix = normalPrefix(options.prefix ?? DEFAULTS.prefix);
  return (file) => {
    const key = keyFor(prefix, file.path, file.link);
    // UTF-8 has at most three bytes for a UTF-16 unit, so most keys need not be counted exactly.
    const bytes = key.length * 3 > MAX_KEY_BYTES ? Buffer.byteLength(key) : key.length;
    const leftOut = selection.whyNot(file.root, file.path);
    if (leftOut) return settle(file, leftOut.fate, leftOut);
    if (bytes > MAX_KEY_BYTES) {
      const reason = `the key has ${bytes} bytes; S3 accepts ${MAX_KEY_BYTES}`;
      return settle({ ...file, key }, 'failed', { code: 'KEY_TOO_LONG', reason });
    }
    if (isOwnPath(file.path)) {
      const reason = `keys below ${prefix}${OWN_FOLDER} are reserved for the run records of s3-backup`;
      return settle({ ...file, key }, 'failed', { code: 'KEY_RESERVED', reason });
    }
    const selected = assignCopy(file, selection.isRuleFile(file.path) ? { key, isRuleFile: true } : { key });
    return (
      leftOutBySizeOrAge(file, options) ??
      keyCollision(selected, options) ??
      keyTakenByFile(selected) ??
      pass(selected)
    );
  };
}

/** Settles a stored link if a file has the key's name, since that file gets the key; undefined if there is no such file. */
function keyTakenByFile(file: Selected): Item<never> | undefined {
  if (file.link !== 'store') return undefined;
  if (!lookAt(absolutePath(file.root, file.path) + LINK_SUFFIX)?.isFile()) return undefined;
  const reason = `a file has this key: it is named like the link with ${LINK_SUFFIX} added`;
  return settle(file, 'failed', { code: 'KEY_COLLISION', reason });
}

/** Settles a file whose key another file shares; undefined if no other file does. */
function keyCollision(
  file: Selected,
  {
    collisions,
    keyFolding: folding = DEFAULTS.keyFolding,
  }: { collisions?: ReadonlySet<string> | undefined; keyFolding?: KeyFolding | undefined },
): Item<never> | undefined {
  if (!collisions?.has(foldKey(file.key, folding))) return undefined;
  const reason = `another file has this key in a store that folds keys (key folding: ${folding})`;
  return settle(file, 'failed', { code: 'KEY_COLLISION', reason });
}
