import { systemMessage } from '../core/errors.ts';
import { type Calls, close, lstat, unlink } from '../files/calls.ts';
import type { Fence } from '../flow/fence.ts';
import type { Verified } from '../flow/item.ts';
import type { Claim, ClaimPlace } from '../source/claims.ts';
import type { SourceContent } from '../source/content.ts';
import { type Identity, identityOf, sameState } from '../source/identity.ts';
import { nameOf } from '../source/open-writers.ts';
import type { SourceFile } from '../source/source-file.ts';
import { FENCED, failed, keptForLinks, MOVED, OPEN, putBack, UNCOUNTED, type Verdict } from './verdict.ts';

export interface RemovalOptions {
  /** Whether a file with other hard links is deleted. Default false: it is kept. */
  readonly deleteHardLinks?: boolean | undefined;
  /** Whether only files are deleted that a limit on deletions has counted. Default false. */
  readonly onlyCounted?: boolean | undefined;
  /** Asked before each deletion. Default: nothing but the proof of a file is needed. */
  readonly fence?: Fence | undefined;
}

/**
 * The deletion of exactly one file, the one that was read, in three steps: `claim`, `remove` and `end`. Each is a row of calls
 * that the batch makes, and between the steps its files wait for each other. Only this class deletes files of the user, and only
 * verified ones.
 */
export class Removal {
  readonly content: SourceContent;
  readonly source: SourceFile;
  readonly key: string;
  readonly #place: ClaimPlace;
  readonly #options: RemovalOptions;
  readonly #isCounted: boolean;
  #claim: Claim | undefined;
  #claimedState: Identity | undefined;
  #refused: Verdict | undefined;
  #verdict: Verdict | undefined;

  /** @param place The place for the files of the folder. Made just before the files of the batch are claimed. */
  constructor(file: Verified, place: ClaimPlace, options: RemovalOptions) {
    this.content = file.content;
    this.source = file.content.file;
    this.key = file.key;
    this.#place = place;
    this.#options = options;
    this.#isCounted = file.isCounted ?? false;
  }

  get isClaimed(): boolean {
    return this.#claim !== undefined;
  }

  /**
   * Whether an open file should not even be moved aside: without hard links, or on FUSE or NFS, moving it back does not fully
   * restore it.
   */
  get isBetterLeft(): boolean {
    return this.source.folder.fileSystem.mayLackHardLinks;
  }

  /**
   * Claims the file by moving it aside, if it is still the file that was read.
   *
   * @param writers Names of files that a process has open for writing, as `nameOf` makes them; undefined if that is not known.
   */
  *claim(writers: ReadonlySet<string> | undefined): Calls<void> {
    const { source } = this;
    try {
      const isOpen = this.content.writers === 'some' || writers?.has(nameOf(source.identity));
      this.#verdict = this.#refused ?? (yield* this.#whyNot()) ?? (isOpen ? OPEN : undefined);
      if (this.#verdict) return;
      this.#claim = yield* this.#place.claim(source.name);
      this.#claimedState = yield* source.stateNow();
    } catch (error) {
      this.#verdict = failed('DELETE_FAILED', systemMessage(error));
    }
  }

  *#whyNot(): Calls<Verdict | undefined> {
    const { source } = this;
    if (this.content.writers === 'unknown')
      return failed(
        'DELETE_FAILED',
        'it is unknown whether a process had it open for writing while it was read',
      );
    const named = this.#place.isInPlace ? yield* source.stateInFolder() : undefined;
    if (named === undefined) return MOVED;
    if (!sameState(named, source.identity) || !(yield* this.#isOpenIn(source.identity))) {
      return failed('FILE_CHANGED', 'another file has its name, or it was changed after it was read');
    }
    if (!this.#mayHave(named.nlink) && !this.#mayBeShortName(named.nlink)) return keptForLinks(named.nlink);
    return this.#options.onlyCounted && !this.#isCounted ? UNCOUNTED : undefined;
  }

  /**
   * Whether the open file is in the state that its name shows. On a local file system it is, since both have one inode: an
   * open file keeps its number to itself.
   */
  *#isOpenIn(state: Identity): Calls<boolean> {
    return this.source.folder.fileSystem.isLocal || sameState(yield* this.source.stateNow(), state);
  }

  #mayHave(links: bigint): boolean {
    return links <= 1n || this.#options.deleteHardLinks === true;
  }

  /**
   * Whether a second link may be the short name that Windows gave the file. NTFS drops that name when the file is renamed, so
   * the state after the claim decides.
   */
  #mayBeShortName(links: bigint): boolean {
    return links === 2n && this.source.folder.fileSystem.mayCountShortNames;
  }

  /** Gives up the deletion: the file is not claimed, or `remove` puts it back. */
  refuse(verdict: Verdict): void {
    this.#refused = verdict;
  }

  /**
   * Deletes the claimed file if it is still the file that was read, and puts it back otherwise.
   *
   * @param writers Names of files that a process has open for writing, as `nameOf` makes them; undefined if that is not known.
   */
  *remove(writers: ReadonlySet<string> | undefined): Calls<void> {
    const { source } = this;
    const claim = this.#claim;
    if (claim === undefined) return;
    const isOpen = writers?.has(nameOf(source.identity)) ?? true;
    try {
      const moved = this.#place.isInPlace ? undefined : MOVED;
      const refusal = this.#refused ?? moved ?? (yield* this.#refusal(claim, isOpen));
      if (refusal) {
        this.#verdict = putBack(claim, refusal);
        return;
      }
      if (!source.folder.fileSystem.isLocal) yield* closeQuietly(source);
      // Asked last: whatever was slow is over, and the process may have stood still meanwhile.
      if (this.#options.fence?.isOpen() === false) {
        this.#verdict = putBack(claim, FENCED);
        return;
      }
      yield* unlink(claim.path);
    } catch (error) {
      this.#verdict = putBack(claim, failed('DELETE_FAILED', systemMessage(error)));
    }
  }

  *#refusal(claim: Claim, isOpen: boolean): Calls<Verdict | undefined> {
    if (isOpen) return OPEN;
    const claimed = yield* lstat(claim.path);
    if (claimed === undefined)
      return failed(
        'FILE_CHANGED',
        'another program has moved or deleted it after it was moved aside for deletion',
      );
    const state = identityOf(claimed);
    if (!this.#isUntouched(state) || !(yield* this.#isOpenIn(state))) {
      return failed('FILE_CHANGED', 'it was changed or replaced just before it was deleted');
    }
    return this.#mayHave(claimed.nlink) ? undefined : keptForLinks(claimed.nlink);
  }

  /**
   * Whether the file is unchanged since it was read and, once it is claimed, since the claim: the rename of the claim changes
   * ctime and can change the number of links.
   */
  #isUntouched(now: Identity): boolean {
    const { identity } = this.source;
    const isAsRead = now.size === identity.size && now.mtimeNs === identity.mtimeNs;
    return isAsRead && this.#claimedState !== undefined && sameState(now, this.#claimedState);
  }

  /**
   * Returns the result. The file's descriptor must be closed before: on some file systems the name of a deleted file lives on
   * until the last close.
   */
  *end(): Calls<Verdict> {
    if (this.#verdict) return this.#verdict;
    if (this.#claim === undefined) return failed('DELETE_FAILED', 'it was not moved aside');
    try {
      if (yield* this.#place.isGone(this.#claim, this.source.name)) return { fate: 'deleted' };
    } catch (error) {
      return failed('DELETE_FAILED', `it is unknown whether it was deleted: ${systemMessage(error)}`);
    }
    const reason = 'the system reports that it is deleted, but its name still exists';
    return putBack(this.#claim, failed('DELETE_FAILED', reason));
  }
}

/**
 * Closes the file before it is deleted: FUSE and NFS would rename an open file instead, and delete it later. Nothing is lost,
 * since the last check of the claim is over, and the deletion goes by its name. Such a file system reports here what it could not
 * write, which concerns no file of ours, since it was open for reading only.
 */
function* closeQuietly(source: SourceFile): Calls<void> {
  try {
    yield* close(source.giveUpDescriptor());
  } catch {
    // The descriptor is closed in spite of the error.
  }
}
