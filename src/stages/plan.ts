import { type Item, type Selected, settle } from '../item.ts';
import { type Room, requireRoom } from '../s3/multipart/require-room.ts';
import { sourceErrorFrom } from '../source/source-error.ts';
import { SourceFile } from '../source/source-file.ts';
import { type Stage, stage } from '../stage.ts';

export interface PlanOptions {
  /** Whether the run that is planned would delete files. Default false. */
  readonly deletes?: boolean | undefined;
  /** What the run would have for parts. Default: enough. */
  readonly room?: Room | undefined;
}

/**
 * The last stage of a dry run, instead of hash and all after it: opens each file as a real run would, says what would
 * become of it, and neither reads nor sends nor deletes anything.
 */
export function plan(options: PlanOptions = {}): Stage<Selected, never> {
  const { room } = options;
  const after = options.deletes ? ' and deleted here once S3 has proved that it holds it' : '';
  return stage(1, (file: Selected): Item<never> => {
    try {
      const opened = SourceFile.open(file);
      opened.close();
      const size = Number(opened.identity.size);
      if (room && size > room.partSizeBytes) requireRoom(size, room);
      return settle({ ...file, size }, 'skipped', { code: 'DRY_RUN', reason: `would be uploaded${after}` });
    } catch (error) {
      const { code, message, fate } = sourceErrorFrom(error);
      return settle(file, fate, { code, reason: message });
    }
  });
}
