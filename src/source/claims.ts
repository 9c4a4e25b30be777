import { randomBytes } from 'node:crypto';
import { lstatSync, renameSync } from 'node:fs';
import { systemCode } from '../core/errors.ts';
import { ownMaker, stateOfMaker } from './claim-maker.ts';
import { claimFileName, claimFolderName, parseClaimName } from './claim-name.ts';
import { moveToFreeName } from './free-name.ts';
import { PrivateFolder } from './private-folder.ts';
import { processState } from './process-state.ts';
import { removeFolder } from './remove-folder.ts';
import { SourceError } from './source-error.ts';
import type { SourceFolder } from './source-folder.ts';

const { liveClaims } = processState;

/** Whether a claim is that of a program that is at work: its files are about to be deleted or put back. */
export function isLiveClaim(name: string): boolean {
  const claim = parseClaimName(name);
  if (claim === undefined) return false;
  const state = stateOfMaker(claim.maker);
  return state === 'this program' ? liveClaims.has(name) : state === 'living';
}

/**
 * What keeps a folder from being made, or opened, while a file can still be moved: no room, no inode, a quota, too many
 * subfolders, no descriptor.
 */
const NO_ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EMLINK', 'EMFILE', 'ENFILE']);

/**
 * Where the files of one folder are moved before they are deleted: into a private folder beside them, under their own names.
 * From then on nobody opens them by their names, what is looked at is what is deleted, and what a crash leaves behind says
 * itself where it belongs. Where no such folder can be had (a full file system, one that gives modes of its own), each file is
 * given a name beside the others that says the same.
 */
export class ClaimPlace {
  readonly #parent: SourceFolder;
  readonly #names: string[] = [];
  #folder: PrivateFolder | undefined;
  #folderName = '';
  #isBeside = false;

  /** @param parent Must stay open until this place is closed. */
  constructor(parent: SourceFolder) {
    this.#parent = parent;
  }

  /**
   * Takes whatever stands under the name by now.
   *
   * @throws SourceError `DELETE_FAILED`, or the system's error
   */
  claim(name: string): Claim {
    if (this.#folder === undefined && !this.#isBeside) this.#folder = this.#makeFolder();
    const shown = this.#folder ? `${this.#folderName}/${name}` : this.#nameBeside(name);
    const path = this.#folder?.entry(name) ?? this.#parent.entry(shown);
    const original = this.#parent.entry(name);
    renameSync(original, path);
    return new Claim(path, original, shown);
  }

  #makeFolder(): PrivateFolder | undefined {
    this.#folderName = this.#take(claimFolderName(ownMaker(), unique()));
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
    const beside = claimFileName(ownMaker(), unique(), name);
    if (beside !== undefined) return this.#take(beside);
    const reason =
      'it cannot be moved aside: no private folder can be made (the file system is full, or has no modes of its own), and its name is too long for a claim beside it';
    throw new SourceError('DELETE_FAILED', reason);
  }

  #take(name: string): string {
    this.#names.push(name);
    liveClaims.add(name);
    return name;
  }

  /** Removes the folder if it is empty. The claimed files' own descriptors must be closed: FUSE and NFS count them as content. */
  async close(): Promise<void> {
    this.#folder?.close();
    if (this.#folder) await removeFolder(this.#parent.entry(this.#folderName));
    for (const name of this.#names) liveClaims.delete(name);
  }
}

function unique(): string {
  return randomBytes(8).toString('hex');
}

/** One file that was moved aside. */
export class Claim {
  readonly path: string;
  /** For people: relative to the folder that the file is from. */
  readonly shownPath: string;
  readonly #original: string;

  constructor(path: string, original: string, shownPath: string) {
    this.path = path;
    this.#original = original;
    this.shownPath = shownPath;
  }

  /** Whether nothing has the claim's name: it was deleted, or somebody else has put it back. */
  get isGone(): boolean {
    return lstatSync(this.path, { throwIfNoEntry: false }) === undefined;
  }

  /**
   * Puts the file back, never over another.
   *
   * @returns whether it could be
   * @throws the system's error
   */
  putBack(): boolean {
    return moveToFreeName(this.path, this.#original);
  }
}
