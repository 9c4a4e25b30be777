import { parentOf } from '../core/paths.ts';
import { type Item, type Reason, settle } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import { type Stage, stage } from '../flow/stage.ts';
import type { Store } from '../s3/store.ts';
import type { Reading } from '../source/content.ts';
import { whenDescriptorsAreFree } from '../source/when-descriptors-are-free.ts';
import { type AttributeOptions, attributesOf, setAttributes } from './attributes.ts';
import { differs, hasContent } from './compare-local.ts';
import type { Fetched } from './fetched.ts';
import { makeLink } from './link.ts';
import type { RestoreOutcome } from './outcomes.ts';
import { openTargetFolder, type TargetRoot } from './target.ts';
import { TemporaryFile } from './temporary-file.ts';
import { settleObjectByError } from './trouble.ts';

export interface PlaceOptions extends AttributeOptions {
  readonly store: Store;
  readonly target: TargetRoot;
  readonly reading: Reading;
  /** Whether a file that has the name already is replaced. Default false. */
  readonly overwrite?: boolean | undefined;
  readonly control: RunControl;
}

/** Small files are written one after the other; a large local one that is in the way is read meanwhile. */
const AT_ONCE = 4;

/** What became of giving a file its name. */
interface Placing {
  readonly isThere: boolean;
  /** Why its owner could not be set. */
  readonly ownerProblem?: string | undefined;
  readonly isSetuidWithheld?: boolean | undefined;
}

/**
 * Stage 6 of a restore: gives each file its mode, its times, as root its owner, and then its name.
 *
 * - In: fetched objects, nothing less. Out: settled items only.
 * - A file appears under its name complete or not at all. What has the name already is replaced only where that is allowed;
 *   else the name is taken by a hard link, which the system refuses where there is one, so that no moment lies in between.
 * - Settles: restored (with NOT_PROVED, OWNER_NOT_SET or SETUID_NOT_SET where not all is as it should be); unchanged or
 *   LOCAL_FILE_DIFFERS where something has the name by now; PATH_CONFLICT, OUTSIDE_TARGET, WRITE_FAILED.
 * - Gives the memory of the bytes back.
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
  const { target, overwrite = false } = options;
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

/** What is not as it should be of a file that has its name. */
function shortcomingOf(file: Fetched, placing: Placing): Reason<RestoreOutcome> | undefined {
  const { ownerProblem, isSetuidWithheld } = placing;
  if (ownerProblem !== undefined) return { code: 'OWNER_NOT_SET', reason: ownerProblem };
  if (file.unproved !== undefined) return { code: 'NOT_PROVED', reason: file.unproved };
  if (!isSetuidWithheld) return undefined;
  return { code: 'SETUID_NOT_SET', reason: 'its setuid or setgid bit is left out without --allow-setuid' };
}

/** Something has the name: appeared meanwhile, or was there and could not be told from the object before that was read. */
async function settleAgainst(file: Fetched, options: PlaceOptions): Promise<Item<never, RestoreOutcome>> {
  if (await hasContent(file, file.md5, options)) return settle<RestoreOutcome>(file, 'unchanged');
  return settle<RestoreOutcome>(file, 'failed', differs('of the same size, with other content'));
}
