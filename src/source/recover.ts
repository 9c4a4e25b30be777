import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, type Stats, unlinkSync } from 'node:fs';
import { isClaimName } from '../core/reserved-names.ts';
import { ownMaker, stateOfMaker } from './claim-maker.ts';
import { claimFolderName, parseClaimName } from './claim-name.ts';
import { isLiveClaim } from './claims.ts';
import { fileSystemOf } from './file-system.ts';
import { moveToFreeName } from './free-name.ts';
import { identityOf, sameState } from './identity.ts';
import { findWriters, nameOf } from './open-writers.ts';
import { PrivateFolder } from './private-folder.ts';
import { removeFolder, removeIfEmpty } from './remove-folder.ts';
import type { SourceRoot } from './root.ts';
import { sourceErrorFrom } from './source-error.ts';
import { openSourceFolder, type SourceFolder } from './source-folder.ts';

/**
 * A claim lives for seconds. One whose maker cannot be asked (it is on another machine, or in another container) is taken for
 * left behind when it is older than this, by the file system's own clock.
 */
const MAX_LIVE_MS = 60 * 60 * 1000;

/** What became of the claims in a folder. Paths are relative to it. */
export interface Recovery {
  /** Files that have their names again. */
  readonly restored: string[];
  /** What stays claimed, and why. */
  readonly blocked: { readonly path: string; readonly reason: string }[];
  /** Claims of runs elsewhere that may be alive. */
  readonly waiting: string[];
}

/** Whether a folder's entry is a claim that no living program is known to work on. */
export function isLeftClaim(name: string): boolean {
  return isClaimName(name) && !isLiveClaim(name);
}

/**
 * Puts back what crashed runs left claimed in a folder, never over another file: regular files only, out of private folders of
 * this user's only.
 *
 * @param path Of the folder, relative to the root.
 * @throws SourceError or the system's error, where the folder cannot be used
 */
export async function recoverFolder(root: SourceRoot, path: string): Promise<Recovery> {
  const folder = openSourceFolder(root, path);
  try {
    const recovering = new Recovering(folder);
    for (const name of readdirSync(folder.entry('.'))) if (isLeftClaim(name)) await recovering.recover(name);
    return recovering.recovery;
  } finally {
    folder.close();
  }
}

class Recovering {
  readonly recovery: Recovery = { restored: [], blocked: [], waiting: [] };
  readonly #folder: SourceFolder;
  #nowMs: number | undefined;

  constructor(folder: SourceFolder) {
    this.#folder = folder;
  }

  async recover(name: string): Promise<void> {
    try {
      const fileName = parseClaimName(name)?.fileName;
      const stats = lstatSync(this.#folder.entry(name), { throwIfNoEntry: false });
      if (stats?.isDirectory() && fileName === undefined) await this.#recoverClaimFolder(name);
      else if (stats?.isFile() && fileName !== undefined) await this.#recoverBeside(name, fileName, stats);
      else if (stats) this.#block(name, 'its name is that of a claim, and it is none');
    } catch (error) {
      this.#block(name, sourceErrorFrom(error).message);
    }
  }

  async #recoverClaimFolder(name: string): Promise<void> {
    const claims = new PrivateFolder(this.#folder, name);
    try {
      if (this.#mayLive(name, claims.lastUseMs())) return;
      for (const file of claims.names()) await this.#putBack(claims.entry(file), `${name}/${file}`, file);
    } finally {
      claims.close();
    }
    await removeFolder(this.#folder.entry(name));
  }

  async #recoverBeside(name: string, fileName: string, { ctimeMs }: Stats): Promise<void> {
    if (!this.#mayLive(name, ctimeMs)) await this.#putBack(this.#folder.entry(name), name, fileName);
  }

  #mayLive(name: string, lastUseMs: number): boolean {
    const maker = parseClaimName(name)?.maker;
    if (maker !== undefined && stateOfMaker(maker) !== 'unknown') return false;
    this.#nowMs ??= nowIn(this.#folder);
    if (this.#nowMs - lastUseMs > MAX_LIVE_MS) return false;
    this.recovery.waiting.push(name);
    return true;
  }

  async #putBack(claimed: string, shownPath: string, name: string): Promise<void> {
    const original = this.#folder.entry(name);
    const stats = lstatSync(claimed, { bigint: true });
    if (!stats.isFile()) {
      this.#block(shownPath, 'no regular file');
    } else if (areHardLinks(claimed, original)) {
      // The run ended while it put the file back.
      unlinkSync(claimed);
    } else {
      if (await this.#isLeftPlaceholder(original)) unlinkSync(original);
      if (moveToFreeName(claimed, original)) this.recovery.restored.push(name);
      else this.#block(shownPath, 'another file has its name by now');
    }
  }

  /** Without hard links, a run that was killed just when it put the file back may have left an empty one that held the name. */
  async #isLeftPlaceholder(path: string): Promise<boolean> {
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (!stats?.isFile() || stats.size > 0n || !fileSystemOf(this.#folder.entry('.')).mayLackHardLinks)
      return false;
    const made = identityOf(stats);
    if ((await findWriters([made])).has(nameOf(made))) return false;
    // The look takes time, in which somebody can have written to it or put another file there.
    const named = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return named !== undefined && sameState(identityOf(named), made);
  }

  #block(path: string, reason: string): void {
    this.recovery.blocked.push({ path, reason });
  }
}

/** Whether two names are two links to one file. */
function areHardLinks(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => lstatSync(path, { bigint: true, throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino && a.nlink > 1n;
}

/** The present time by the clock of the file system that a folder is on, in milliseconds since 1970; 0 where it takes no folder. */
function nowIn(folder: SourceFolder): number {
  const path = folder.entry(claimFolderName(ownMaker(), randomBytes(8).toString('hex')));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch {
    return 0;
  }
  try {
    return lstatSync(path).mtimeMs;
  } finally {
    removeIfEmpty(path);
  }
}
