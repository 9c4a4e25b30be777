import { systemCode } from '../core/errors.ts';
import type { ShardId } from '../core/shard.ts';
import { type Calls, callNow, lstat, rename } from '../files/calls.ts';
import { newClaimName } from './claim-maker.ts';
import { claimFileName } from './claim-name.ts';
import { PrivateFolder } from './private-folder.ts';
import { processState } from './process-state.ts';
import { putBackNow } from './put-back.ts';
import { removeFolder } from './remove-folder.ts';
import { SourceError } from './source-error.ts';
import type { SourceFolder } from './source-folder.ts';

const { liveClaims } = processState;

/**
 * Codes of errors that prevent making or opening a folder although a file can still be moved: no room, no inode, a quota, too
 * many subfolders, no descriptor.
 */
const NO_ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EMLINK', 'EMFILE', 'ENFILE']);

/** Fewer claims than this are looked at one by one: a listing takes four system calls. */
const MIN_CLAIMS_TO_LIST = 8;

/**
 * The place to which the files of one folder are moved before they are deleted: a private folder beside them, where they keep
 * their names. After the move no program can open a file by its name, so the file that is checked is the one that is deleted,
 * and after a crash the name of the folder shows what to put back. If no such folder can be made (a full file system, or one
 * that sets modes itself), each file is renamed beside the others; its new name then shows what to put back.
 */
export class ClaimPlace {
  readonly #parent: SourceFolder;
  readonly #shard: ShardId | undefined;
  readonly #names: string[] = [];
  #isInPlace = true;
  #claims = 0;
  #left: ReadonlySet<string> | undefined;
  #folder: PrivateFolder | undefined;
  #folderName = '';
  #isBeside = false;

  /**
   * @param parent The folder of the files. Must stay open until this place is closed.
   * @param shard The shard whose work the run does: its next attempt puts the files back. Default: none.
   */
  constructor(parent: SourceFolder, shard?: ShardId) {
    this.#parent = parent;
    this.#shard = shard;
  }

  /** Whether the path of the folder led to it, without a link on the way, each time that `look` was called. */
  get isInPlace(): boolean {
    return this.#isInPlace;
  }

  /** Checks that the path of the folder leads to it. One check serves all files that are claimed or deleted after it. */
  look(): void {
    this.#isInPlace &&= this.#parent.inPlace();
  }

  /**
   * Claims the file that has the name at this moment.
   *
   * @throws SourceError `DELETE_FAILED`, or the system's error
   */
  *claim(name: string): Calls<Claim> {
    if (this.#folder === undefined && !this.#isBeside) this.#folder = this.#makeFolder();
    const shown = this.#folder ? `${this.#folderName}/${name}` : this.#nameBeside(name);
    const path = this.#folder?.entry(name) ?? this.#parent.entry(shown);
    const original = this.#parent.entry(name);
    yield* rename(original, path);
    this.#claims += 1;
    return new Claim(path, original, shown);
  }

  /**
   * Whether the name of a claimed file is free after its deletion. One listing of the claim folder answers for all of its
   * files, so every deletion comes before the first question. A file system that is not known to be local is asked for each
   * name.
   *
   * @throws the system's error
   */
  *isGone(claim: Claim, name: string): Calls<boolean> {
    if (this.#folder === undefined || this.#claims < MIN_CLAIMS_TO_LIST || !this.#parent.fileSystem.isLocal)
      return yield* claim.gone();
    this.#left ??= new Set(this.#folder.names());
    return !this.#left.has(name);
  }

  #makeFolder(): PrivateFolder | undefined {
    this.#folderName = this.#take(newClaimName(this.#shard));
    try {
      const folder = PrivateFolder.make(this.#parent, this.#folderName);
      this.#isBeside = folder === undefined;
      return folder;
    } catch (error) {
      if (!NO_ROOM.has(systemCode(error) ?? '')) throw error;
      this.#isBeside = true;
      return undefined;
    }
  }

  #nameBeside(name: string): string {
    const beside = claimFileName(newClaimName(this.#shard), name);
    if (beside !== undefined) return this.#take(beside);
    const reason =
      'it cannot be moved aside: no private folder can be created (the file system is full, or does not keep modes), and its name is too long for a claim beside it';
    throw new SourceError('DELETE_FAILED', reason);
  }

  #take(name: string): string {
    this.#names.push(name);
    liveClaims.add(name);
    return name;
  }

  /**
   * Removes the claim folder if it is empty. The descriptors of claimed files must be closed before: on FUSE and NFS a deleted
   * file stays in its folder until then.
   */
  async close(): Promise<void> {
    this.#folder?.close();
    if (this.#folder) await removeFolder(this.#parent.entry(this.#folderName));
    for (const name of this.#names) liveClaims.delete(name);
  }
}

/** One file that was claimed: moved aside before its deletion. */
export class Claim {
  readonly path: string;
  /** Path of the claim for messages, relative to the file's original folder. */
  readonly shownPath: string;
  readonly #original: string;

  constructor(path: string, original: string, shownPath: string) {
    this.path = path;
    this.#original = original;
    this.shownPath = shownPath;
  }

  /** Whether the claim's name is free: the file was deleted, or another process has put it back. */
  get isGone(): boolean {
    return callNow(this.gone());
  }

  /** The same as `isGone`, as a call that has not been made yet. */
  *gone(): Calls<boolean> {
    return (yield* lstat(this.path)) === undefined;
  }

  /**
   * Gives the file its original name back, unless another file has that name.
   *
   * @returns whether it was put back, by this call or by another process
   * @throws the system's error
   */
  putBack(): boolean {
    return putBackNow(this.path, this.#original) !== 'taken';
  }
}
