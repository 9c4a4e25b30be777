import { RESTORE_DEFAULTS } from '../core/defaults.ts';
import { parentOf } from '../core/paths.ts';
import { type Item, type Reason, settle } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import { type Stage, stage } from '../flow/stage.ts';
import type { Store } from '../s3/store.ts';
import type { Reading } from '../source/content.ts';
import { whenDescriptorsAreFree } from '../source/when-descriptors-are-free.ts';
import { type AttributeOptions, attributesOf, setAttributes } from './attributes.ts';
import { differs, isHere } from './compare-local.ts';
import type { Fetched } from './fetched.ts';
import { makeLink } from './link.ts';
import type { RestoreOutcome } from './outcomes.ts';
import { openTargetFolder, type TargetRoot } from './target.ts';
import { TemporaryFile } from './temporary-file.ts';
import { settleObjectByError } from './trouble.ts';

/** Options of stage 6. */
export interface PlaceOptions extends AttributeOptions {
  readonly store: Store;
  readonly target: TargetRoot;
  readonly reading: Reading;
  /** Whether an existing file of the same name is replaced. Default false. */
  readonly overwrite?: boolean | undefined;
  readonly control: RunControl;
}

/** Objects placed at the same time: small writes block, but a large local file in the way is read meanwhile. */
const AT_ONCE = 4;

/** Result of giving a file its name. */
interface Placing {
  /** Whether the file has its name; false if another file has it. */
  readonly isThere: boolean;
  /** Why the owner could not be set. */
  readonly ownerProblem?: string | undefined;
  readonly isSetuidWithheld?: boolean | undefined;
}

/**
 * Stage 6 of a restore: gives each file its mode, its times, its owner (as root) and then its name.
 *
 * - In: fetched objects. Out: settled items only.
 * - A file appears under its name complete or not at all. With `overwrite` it replaces an existing file by a rename. Without, it
 *   gets its name by a hard link: the system refuses the link if the name is taken, so no other file can slip in between.
 * - Settles as restored, with NOT_PROVED, OWNER_NOT_SET or SETUID_NOT_SET if something is missing. If another file has taken the
 *   name meanwhile, settles as unchanged or as failed with LOCAL_FILE_DIFFERS. Other failures: PATH_CONFLICT, OUTSIDE_TARGET,
 *   WRITE_FAILED.
 * - Memory: releases that of the content.
 */
export function place(options: PlaceOptions): Stage<Fetched, never, RestoreOutcome> {
  return stage(AT_ONCE, async (file: Fetched): Promise<Item<never, RestoreOutcome>> => {
    try {
      const placing = await placed(file, options);
      return placing.isThere
        ? settle<RestoreOutcome>(file, 'restored', shortcomingOf(file, placing))
        : await settleAgainst(file, options);
    } catch (error) {
      return settleObjectByError(file, error, options);
    } finally {
      if ('lease' in file.body) file.body.lease.release();
    }
  });
}

async function placed(file: Fetched, options: PlaceOptions): Promise<Placing> {
  const { target, overwrite = RESTORE_DEFAULTS.overwrite } = options;
  const attributes = attributesOf(file, options);
  if (file.kind === 'link' && 'bytes' in file.body) {
    const folder = await whenDescriptorsAreFree(() => openTargetFolder(target, parentOf(file.path)));
    try {
      return makeLink({ folder, object: file, target: file.body.bytes, attributes, replaces: overwrite });
    } finally {
      folder.close();
    }
  }
  const temporary = await written(file, target);
  let ownerProblem: string | undefined;
  try {
    ownerProblem = setAttributes(temporary.fd, attributes);
  } catch (error) {
    temporary.discard();
    throw error;
  }
  const { isSetuidWithheld } = attributes;
  return { isThere: temporary.moveTo(overwrite), ownerProblem, isSetuidWithheld };
}

async function written(file: Fetched, target: TargetRoot): Promise<TemporaryFile> {
  if ('temporary' in file.body) return file.body.temporary;
  const temporary = await whenDescriptorsAreFree(() => new TemporaryFile(target, file, false));
  try {
    await temporary.write(file.body.bytes, 0);
    return temporary;
  } catch (error) {
    temporary.discard();
    throw error;
  }
}

/** What is missing of a restored file: its owner, its proof or its setuid bit; undefined if nothing is. */
function shortcomingOf(file: Fetched, placing: Placing): Reason<RestoreOutcome> | undefined {
  const { ownerProblem, isSetuidWithheld } = placing;
  if (ownerProblem !== undefined) return { code: 'OWNER_NOT_SET', reason: ownerProblem };
  if (file.unproved !== undefined) return { code: 'NOT_PROVED', reason: file.unproved };
  if (!isSetuidWithheld) return undefined;
  return {
    code: 'SETUID_NOT_SET',
    reason: 'its setuid or setgid bit is left out, since the restore was not told to set it',
  };
}

/**
 * Settles an object whose name is taken by another file: one that appeared meanwhile, or one that could not be compared before
 * the object was read.
 */
async function settleAgainst(file: Fetched, options: PlaceOptions): Promise<Item<never, RestoreOutcome>> {
  if (await isHere(file, options)) return settle<RestoreOutcome>(file, 'unchanged');
  return settle<RestoreOutcome>(file, 'failed', differs('of the same size, with other content'));
}
