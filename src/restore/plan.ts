import { type Item, settle } from '../flow/item.ts';
import { type Stage, stage } from '../flow/stage.ts';
import { isArchived } from './archived.ts';
import type { Missing } from './item.ts';
import type { RestoreOutcome } from './outcomes.ts';

/** Last stage of a dry run, in place of fetch and place. Settles each object with what would be done, and does nothing. */
export function plan(): Stage<Missing, never, RestoreOutcome> {
  return stage(1, (file: Missing): Item<never, RestoreOutcome> => {
    return settle<RestoreOutcome>(file, 'skipped', { code: 'DRY_RUN', reason: `would be ${planned(file)}` });
  });
}

function planned(file: Missing): string {
  if (isArchived(file))
    return `asked for, unless S3 has it back already: it is archived (${file.storageClass})`;
  return file.mayBeEqual ? 'read, and compared with the file that is there' : 'restored';
}
