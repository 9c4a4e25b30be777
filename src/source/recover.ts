import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, type Stats, unlinkSync } from 'node:fs';
import { isClaimName } from '../core/reserved-names.ts';
import { ownMaker, stateOfMaker } from './claim-maker.ts';
import { claimFolderName, parseClaimName } from './claim-name.ts';
import { isLiveClaim } from './claims.ts';
import { moveToFreeName } from './free-name.ts';
import { identityOf, sameState } from './identity.ts';
import { findWriters, nameOf } from './open-writers.ts';
import { PrivateFolder } from './private-folder.ts';
import { removeFolder, removeIfEmpty } from './remove-folder.ts';
import type { SourceRoot } from './root.ts';
import { sourceErrorFrom } from './source-error.ts';
import { openSourceFolder, type SourceFolder } from './source-folder.ts';

/**
 * Age in milliseconds, by the file system's own clock, from which a claim counts as a leftover if its maker cannot be asked,
 * for example because it runs on another machine or in another container. Claims normally live for seconds.
 */
const MAX_LIVE_MS = 60 * 60 * 1000;

/** The result of recovering the claims in a folder. Paths are relative to the folder. */
export interface Recovery {
  /** Files that got their names back. */
  readonly restored: string[];
  /** Claims that could not be recovered, each with the reason. */
  readonly blocked: { readonly path: string; readonly reason: string }[];
  /** Claims of runs elsewhere, which may still be alive. */
  readonly waiting: string[];
}

/** Whether an entry of a folder is a claim on which no living program is known to work. */
export function isLeftClaim(name: string): boolean {
  return isClaimName(name) && !isLiveClaim(name);
}

/**
 * Gives the files that crashed runs left claimed in a folder their names back, and never replaces another file. Only regular
 * files are moved, and only out of private folders of this user.
 *
 * @param path Path of the folder, relative to the root.
 * @param names Names in it to look at, for a caller that has listed it. Default: it is listed.
 * @throws SourceError or the system's error if the folder cannot be used
 */
export async function recoverFolder(
  root: SourceRoot,
  path: string,
  names?: readonly string[],
): Promise<Recovery> {
  const folder = openSourceFolder(root, path);
  try {
    const recovering = new Recovering(folder);
    for (const name of names ?? readdirSync(folder.entry('.')))
      if (isLeftClaim(name)) await recovering.recover(name);
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
      else if (stats) this.#block(name, 'it has the name of a claim, but is none');
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
      this.#block(shownPath, 'it is not a regular file');
    } else if (areHardLinks(claimed, original)) {
      // The run ended while it put the file back.
      unlinkSync(claimed);
    } else {
      if (await this.#isLeftPlaceholder(original)) unlinkSync(original);
      if (moveToFreeName(claimed, original)) this.recovery.restored.push(name);
      else this.#block(shownPath, 'another file has taken its name');
    }
  }

  /**
   * Whether a file is the empty placeholder that a killed run left when it put a file back on a file system without hard links.
   */
  async #isLeftPlaceholder(path: string): Promise<boolean> {
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (!stats?.isFile() || stats.size > 0n || !this.#folder.fileSystem.mayLackHardLinks) return false;
    const made = identityOf(stats);
    if ((await findWriters([made])).has(nameOf(made))) return false;
    // Looking for writers takes time, in which another process may have written to the file or replaced it.
    const named = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return named !== undefined && sameState(identityOf(named), made);
  }

  #block(path: string, reason: string): void {
    this.recovery.blocked.push({ path, reason });
  }
}

/** Whether two names are hard links to one file. */
function areHardLinks(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => lstatSync(path, { bigint: true, throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino && a.nlink > 1n;
}

/**
 * The present time in milliseconds since 1970, by the clock of the file system that has the folder; 0 if no folder can be
 * created there.
 */
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
