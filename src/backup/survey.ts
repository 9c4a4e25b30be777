import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BackupError } from '../core/errors.ts';
import { foldKey, type KeyFolding } from '../core/fold-key.ts';
import { untilAborted } from '../core/until-aborted.ts';
import type { Item, Selected } from '../flow/item.ts';
import { SeenPaths } from '../source/seen-paths.ts';
import { filter } from '../stages/filter.ts';
import { ChangedFiles } from './changed-files.ts';
import { needsConfirmation, requireConfirmed } from './confirm-move.ts';
import { allowedDeletions, prospectOf, tooManyDeletions } from './delete-limit.ts';
import type { FileWork, RunContext } from './pipeline.ts';
import { optionsOf, type ResolvedOptions } from './resolve-options.ts';

/**
 * Finds all files once before anything is sent, if the run needs to know in advance which keys collide, or how many files a
 * move would delete. A list is then kept in memory, since it is read twice.
 *
 * @returns the options, with the collisions and the deletion limit. A dry run has no limit, so that it shows all files: `refusal`
 * is the error with which a run would end before it does anything.
 * @throws BackupError `MAX_DELETE`, but not in a dry run; `NOT_CONFIRMED`
 */
export async function surveyed(
  options: ResolvedOptions,
  context: RunContext,
  work: FileWork,
): Promise<{ readonly options: ResolvedOptions; readonly refusal?: BackupError | undefined }> {
  const { keyFolding, list, maxDelete, deleteAfterUpload, deleteHardLinks } = options;
  const limit = deleteAfterUpload ? maxDelete : undefined;
  const asks = await needsConfirmation(options, context);
  const counts = asks || limit !== undefined;
  if (keyFolding === 'none' && !counts) return { options };
  const { stopping } = context.control;
  const input = list && replayable(untilAborted(list.input, stopping));
  const repeatable = list && input ? { ...options, list: { ...list, input } } : options;
  const survey = new Survey(keyFolding, counts ? { deleteHardLinks } : undefined);
  for (const root of repeatable.roots) {
    const ofRoot = { ...optionsOf(repeatable, root), dryRun: true };
    await pipeline(
      work.find(ofRoot, { ...context, changed: new ChangedFiles(root, options.onChange) }),
      filter(ofRoot) as Duplex,
      (selected: AsyncIterable<Item<Selected>>) => survey.take(selected),
    );
  }
  const surveyedOptions = { ...repeatable, collisions: survey.collisions };
  // After a stop only a part was counted, and nothing more is begun.
  if (stopping.aborted) return { options: surveyedOptions };
  const deletions =
    limit === undefined ? undefined : { limit, allowed: allowedDeletions(limit, survey.found), admitted: 0 };
  const refusal = deletions && tooManyDeletions(survey.deletable.files, survey.found, deletions);
  if (options.dryRun) return { options: surveyedOptions, refusal };
  if (refusal) throw refusal;
  if (asks) await requireConfirmed(survey.deletable, options, context);
  return { options: { ...surveyedOptions, deletions } };
}

/** The option that decides which files a move would delete. */
type Counted = Pick<ResolvedOptions, 'deleteHardLinks'>;

/** Counts the selected files, and finds the keys that more than one of them would have. */
class Survey {
  readonly #folding: KeyFolding;
  readonly #counted: Counted | undefined;
  readonly #seen = new SeenPaths();
  /** Folded keys that several files would share in the store. Takes 16 bytes of memory per file. */
  readonly collisions = new Set<string>();
  /** Files that were found, without those of a list that are not here. */
  found = 0;
  /** Files that a move would delete, and their bytes. */
  readonly deletable = { files: 0, bytes: 0 };

  /** @param counted Undefined: deletions are not counted, and no file is looked at for that. */
  constructor(folding: KeyFolding, counted: Counted | undefined) {
    this.#folding = folding;
    this.#counted = counted;
  }

  async take(selected: AsyncIterable<Item<Selected>>): Promise<void> {
    for await (const item of selected) {
      const prospect =
        item.settled || !this.#counted ? undefined : prospectOf(item.file, this.#counted.deleteHardLinks);
      if (prospect !== 'absent') this.found += 1;
      if (item.settled) continue;
      if (typeof prospect === 'object') {
        this.deletable.files += 1;
        this.deletable.bytes += prospect.deletes;
      }
      const key = foldKey(item.file.key, this.#folding);
      if (this.#folding !== 'none' && !this.#seen.add(key)) this.collisions.add(key);
    }
  }
}

/** Makes an input that can be read twice. The second reader gets the chunks that the first one has read, from memory. */
function replayable<T>(input: AsyncIterable<T>): AsyncIterable<T> {
  const chunks: T[] = [];
  let isRead = false;
  return {
    async *[Symbol.asyncIterator]() {
      if (isRead) {
        yield* chunks;
        return;
      }
      isRead = true;
      for await (const chunk of input) {
        chunks.push(chunk);
        yield chunk;
      }
    },
  };
}
