import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { CLAIM_PREFIX, isClaimName } from './claim-name.ts';
import { moveToFreeName } from './free-name.ts';

/** Those of this process. */
const live = new Set<string>();

/** What those of other processes of our runs begin with. */
const liveElsewhere = new Set<string>();

/** What the names of this process's own go on with. */
let ownMark = '';

/** Whether a folder's name is that of a claim folder that a crashed run has left. */
export function isLeftClaimFolder(name: string): boolean {
  return isClaimName(name) && !isLiveClaimFolder(name);
}

/** Whether it is that of one in which a process of this run is about to delete files. */
export function isLiveClaimFolder(name: string): boolean {
  return live.has(name) || [...liveElsewhere].some((start) => name.startsWith(start));
}

/**
 * Takes claim folders whose names have this mark for live, though other processes make them.
 *
 * @returns what ends that: from then on they have been left by a crash
 */
export function keepMarkedClaims(mark: string): () => void {
  liveElsewhere.add(CLAIM_PREFIX + mark);
  return () => liveElsewhere.delete(CLAIM_PREFIX + mark);
}

/** Gives the claim folders that this process makes a mark by which other processes know them. */
export function markOwnClaims(mark: string): void {
  ownMark = mark;
}

/**
 * A private folder (mode 0700) beside the files that are about to be deleted. A file is moved into it before it is
 * deleted, under its own name: from then on nobody opens it by its name, what is looked at is what is deleted, and what
 * a crash leaves behind says itself where it belongs.
 */
export class ClaimFolder {
  readonly #entry: (name: string) => string;
  readonly #name = CLAIM_PREFIX + ownMark + randomBytes(8).toString('hex');

  /** @param entry The path of something in the parent folder. Throws the system's error where it is not writable. */
  constructor(entry: (name: string) => string) {
    this.#entry = entry;
    live.add(this.#name);
    mkdirSync(entry(this.#name), { mode: 0o700 });
  }

  /** The path of a file that was claimed. */
  pathOf(name: string): string {
    return `${this.#entry(this.#name)}/${name}`;
  }

  /** For people: relative to the folder that the file is from. */
  shownPath(name: string): string {
    return `${this.#name}/${name}`;
  }

  /** Takes whatever stands under the name by now. */
  claim(name: string): void {
    renameSync(this.#entry(name), this.pathOf(name));
  }

  /** Puts a claimed file back, never over another. Returns whether it could be. */
  restore(name: string): boolean {
    return moveToFreeName(this.pathOf(name), this.#entry(name));
  }

  /** Removes the folder if it is empty. */
  remove(): void {
    removeIfEmpty(this.#entry(this.#name));
    live.delete(this.#name);
  }
}

/** What became of the files that a crashed run left in a claim folder. */
export interface Recovery {
  readonly restored: string[];
  /** Another file has the name by now; this one stays in the claim folder. */
  readonly blocked: string[];
}

/**
 * Puts back what a crashed run left in a claim folder, never over another file.
 *
 * @param entry The path of something in the claim folder's parent.
 * @param claimFolder Its name.
 */
export function recoverClaims(entry: (name: string) => string, claimFolder: string): Recovery {
  const recovery: Recovery = { restored: [], blocked: [] };
  const folder = entry(claimFolder);
  for (const name of readdirSync(folder)) {
    if (isSameFile(`${folder}/${name}`, entry(name))) unlinkSync(`${folder}/${name}`);
    else (moveToFreeName(`${folder}/${name}`, entry(name)) ? recovery.restored : recovery.blocked).push(name);
  }
  removeIfEmpty(folder);
  return recovery;
}

/** The run ended while it put the file back: it has its name again, and the one in the claim folder still. */
function isSameFile(claimed: string, original: string): boolean {
  const [one, other] = [claimed, original].map((path) =>
    lstatSync(path, { bigint: true, throwIfNoEntry: false }),
  );
  return one?.ino === other?.ino && one?.dev === other?.dev;
}

/** One that cannot be removed (in an append-only folder, for example) does no harm; the next run tries again. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Not empty, gone, or refused.
  }
}
