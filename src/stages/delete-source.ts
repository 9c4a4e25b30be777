import { fstatSync, lstatSync, unlinkSync } from 'node:fs';
import { Batch } from '../batch.ts';
import { type Fate, type Item, type ItemCode, settle, type Verified } from '../item.ts';
import { batchLimit } from '../open-files.ts';
import { ClaimFolder } from '../source/claim-folder.ts';
import { closeDeleted } from '../source/close-deleted.ts';
import { EmptiedFolders } from '../source/emptied-folders.ts';
import { type Identity, identityOf, sameState } from '../source/identity.ts';
import { UNWATCHED_MS } from '../source/last-change.ts';
import { nameOf, openForWriting } from '../source/open-writers.ts';
import { systemMessage } from '../source/source-error.ts';
import type { SourceFile } from '../source/source-file.ts';
import { type Stage, stage } from '../stage.ts';

export interface DeleteSourceOptions {
  /** Whether anything is deleted at all. Default false: every file is kept. */
  readonly enabled?: boolean | undefined;
  /** Whether folders that this run has emptied are removed at the end. Default true. */
  readonly removeEmptyDirectories?: boolean | undefined;
  /** Whether a file with further hard links is deleted. Default false: it is kept. */
  readonly deleteHardLinks?: boolean | undefined;
  /** Whether a file is deleted that a process has open for writing. Default false: it is kept. Linux only. */
  readonly deleteOpenFiles?: boolean | undefined;
  /** Told of every folder that was removed, relative to the source. */
  readonly onFolderRemoved?: ((path: string) => void) | undefined;
}

/** Looking for writers takes 7 to 12 ms, for one file or for a thousand. */
const TIMES = { idleMs: 10, longestMs: 250 };

/**
 * Stage 7: the only place in this program that deletes a file of the user's.
 *
 * - In: verified files, nothing less. Out: settled items only.
 * - Deletes exactly the file that was read. What stands under its name must be the inode that is open here, in the state
 *   in which it was read; it is claimed by a rename into a private folder beside it, looked at again, and deleted there.
 *   On any difference it is put back, never over another file. Names are resolved through open folders (Linux).
 * - Deletion off: looks at the file once more where its upload took long, so that a change is seen that a later run,
 *   which compares times, could take for older than the object.
 * - Settles: deleted; unchanged or kept (deletion off); kept with a code: HARD_LINK, OPEN_FOR_WRITING, SYMBOLIC_LINK; as
 *   failed (the object is in S3, the file still here): FILE_CHANGED, DELETE_FAILED, CLAIM_BLOCKED.
 * - At the end removes the folders that it has emptied, deepest first: never the root, never one that was empty before.
 */
export function deleteSource(options: DeleteSourceOptions = {}): Stage<Verified, never> {
  if (!options.enabled) {
    return stage(1, settleKept);
  }
  const emptied = new EmptiedFolders();
  const together = batchLimit();
  const batch = new Batch<Deletion>(together, TIMES, (deletions) => deleteAll(deletions, options));
  const work = async (file: Verified): Promise<Item<never>> => {
    if (file.link) return settle(file, 'kept', { code: 'SYMBOLIC_LINK', reason: NOT_DELETED[file.link] });
    const { fate, code, reason } = await new Promise<Verdict>((decide) => batch.add({ file, decide }));
    if (fate === 'deleted') emptied.add(file.root, file.path);
    return settle(file, fate, code && { code, reason: reason ?? '' });
  };
  const { removeEmptyDirectories = true, onFolderRemoved } = options;
  return stage(together, work, async () => {
    if (removeEmptyDirectories) emptied.remove(onFolderRemoved);
  });
}

const NOT_DELETED = {
  follow: 'what a link points to is not deleted',
  store: 'links are not deleted',
} as const;

/** A change that took place before the object was written could look older than the object, and nobody would see it again. */
function settleKept(file: Verified): Item<never> {
  if (file.attempts === 0) return settle(file, 'unchanged');
  if (!changedUnwatched(file)) return settle(file, 'kept');
  const reason = 'another file stands under its name, or it was changed while it was uploaded';
  return settle(file, 'failed', { code: 'FILE_CHANGED', reason });
}

function changedUnwatched({ content, link }: Verified): boolean {
  if (link === 'follow' || content.msUnwatched < UNWATCHED_MS) return false;
  const named = content.file.identityUnderName();
  return named !== undefined && !sameState(named, content.identity);
}

interface Verdict {
  readonly fate: Fate;
  readonly code?: ItemCode;
  readonly reason?: string;
}

interface Deletion {
  readonly file: Verified;
  readonly decide: (verdict: Verdict) => void;
}

/** Every verdict is given at the end: it closes the file, and with it the open folder that other files' claims go by. */
async function deleteAll(deletions: readonly Deletion[], options: DeleteSourceOptions): Promise<void> {
  const folders = new Map<string, ClaimFolder>();
  const outcomes = deletions.map(({ file, decide }) => ({
    decide,
    source: file.content.file,
    ...claim(file, folders, options),
  }));
  const claimed = outcomes.flatMap(({ claimed }) => (claimed ? [claimed.source.identity] : []));
  const writers = options.deleteOpenFiles ? new Set<string>() : openForWriting(claimed);
  const verdicts = outcomes.map(({ verdict, claimed, decide, source }) => ({
    decide,
    source,
    verdict: claimed ? remove(claimed, writers) : verdict,
  }));
  for (const folder of folders.values()) folder.remove();
  const deleted = verdicts.filter(({ verdict }) => verdict.fate === 'deleted');
  await closeDeleted(deleted.map(({ source }) => source.giveUpDescriptor()));
  for (const { decide, verdict } of verdicts) decide(verdict);
}

interface Claim {
  readonly source: SourceFile;
  readonly folder: ClaimFolder;
}

type ClaimOutcome =
  | { readonly claimed: Claim; readonly verdict?: undefined }
  | { readonly claimed?: undefined; readonly verdict: Verdict };

function claim(
  file: Verified,
  folders: Map<string, ClaimFolder>,
  options: DeleteSourceOptions,
): ClaimOutcome {
  const source = file.content.file;
  try {
    const refusal = whyNot(source, options);
    if (refusal) return { verdict: refusal };
    const parent = file.path.slice(0, file.path.lastIndexOf('/') + 1);
    const folder = folders.get(parent) ?? new ClaimFolder((name) => source.folder.entry(name));
    folders.set(parent, folder);
    folder.claim(source.name);
    return { claimed: { source, folder } };
  } catch (error) {
    return { verdict: failed('DELETE_FAILED', systemMessage(error)) };
  }
}

function whyNot(source: SourceFile, { deleteHardLinks }: DeleteSourceOptions): Verdict | undefined {
  const named = source.identityUnderName();
  if (named === undefined)
    return failed('FILE_CHANGED', 'the file is not under its name any more, or its folder was moved');
  if (!sameState(named, source.identity) || !sameState(source.identityNow(), source.identity)) {
    return failed('FILE_CHANGED', 'another file stands under its name, or it was changed after it was read');
  }
  if (named.nlink === 1n || deleteHardLinks) return undefined;
  return { fate: 'kept', code: 'HARD_LINK', reason: `it has ${named.nlink} hard links` };
}

function remove({ source, folder }: Claim, writers: ReadonlySet<string>): Verdict {
  try {
    if (writers.has(nameOf(source.identity))) {
      return putBack(source, folder, {
        fate: 'kept',
        code: 'OPEN_FOR_WRITING',
        reason: 'a process has it open for writing',
      });
    }
    const path = folder.pathOf(source.name);
    const before = source.identityNow();
    if (!isUntouched(identityOf(lstatSync(path, { bigint: true })), source) || !isUntouched(before, source)) {
      return putBack(
        source,
        folder,
        failed('FILE_CHANGED', 'it was changed or replaced just before it was deleted'),
      );
    }
    unlinkSync(path);
    if (fstatSync(source.fd, { bigint: true }).nlink === before.nlink - 1n) return { fate: 'deleted' };
    return failed('DELETE_FAILED', 'after the deletion its link count is not one less');
  } catch (error) {
    return putBack(source, folder, failed('DELETE_FAILED', systemMessage(error)));
  }
}

/** All but ctime, which the claim's rename has changed. */
function isUntouched({ dev, ino, size, mtimeNs }: Identity, { identity }: SourceFile): boolean {
  return (
    dev === identity.dev && ino === identity.ino && size === identity.size && mtimeNs === identity.mtimeNs
  );
}

function putBack(source: SourceFile, folder: ClaimFolder, verdict: Verdict): Verdict {
  try {
    if (folder.restore(source.name)) return verdict;
    return failed(
      'CLAIM_BLOCKED',
      `${verdict.reason}; another file took its name, so it is now ${folder.shownPath(source.name)}`,
    );
  } catch (error) {
    return failed(
      'CLAIM_BLOCKED',
      `${verdict.reason}; it is now ${folder.shownPath(source.name)}: ${systemMessage(error)}`,
    );
  }
}

function failed(code: ItemCode, reason: string): Verdict {
  return { fate: 'failed', code, reason };
}
