import { lstatSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { systemCode } from '../core/errors.ts';
import type { ShardId } from '../core/shard.ts';
import { newClaimName } from './claim-maker.ts';
import { parseClaimName } from './claim-name.ts';
import { claimRule } from './claim-rule.ts';
import { identityOf, sameState } from './identity.ts';
import { findWriters, nameOf } from './open-writers.ts';
import { PrivateFolder } from './private-folder.ts';
import { processState } from './process-state.ts';
import { finishPutBack, type PutBack, putBackNow } from './put-back.ts';
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
  /** Claims that another process has put back meanwhile, or is putting back. */
  readonly gone: string[];
}

export interface RecoverOptions {
  /** Names in the folder to look at, for a caller that has listed it. Default: it is listed. */
  readonly names?: readonly string[] | undefined;
  /** The shard whose work the run does: `claimRule` says what that changes. Default: none. */
  readonly shard?: ShardId | undefined;
}

/**
 * Gives the files that crashed runs left claimed in a folder their names back, and never replaces another file. Only regular
 * files are moved, and only out of private folders of this user. `claimRule` decides which claims are left alone.
 *
 * @param path Path of the folder, relative to the root.
 * @throws SourceError or the system's error if the folder cannot be used
 */
export async function recoverFolder(
  root: SourceRoot,
  path: string,
  { names, shard }: RecoverOptions = {},
): Promise<Recovery> {
  const folder = openSourceFolder(root, path);
  try {
    return await recoverIn(folder, names ?? readdirSync(folder.entry('.')), shard);
  } finally {
    folder.close();
  }
}

/** Does what `recoverFolder` does in an open folder. @throws nothing */
export async function recoverIn(
  folder: SourceFolder,
  names: readonly string[],
  shard: ShardId | undefined,
): Promise<Recovery> {
  const recovering = new Recovering(folder, shard);
  for (const name of names) {
    const rule = claimRule(name, shard);
    if (rule !== 'leave') await recovering.recover(name, rule === 'put back');
  }
  return recovering.recovery;
}

class Recovering {
  readonly recovery: Recovery = { restored: [], blocked: [], waiting: [], gone: [] };
  readonly #folder: SourceFolder;
  readonly #shard: ShardId | undefined;
  #nowMs: number | undefined;

  constructor(folder: SourceFolder, shard: ShardId | undefined) {
    this.#folder = folder;
    this.#shard = shard;
  }

  /** @param isLeft Whether the claim is a leftover, however young it is. */
  async recover(name: string, isLeft: boolean): Promise<void> {
    try {
      const fileName = parseClaimName(name)?.fileName;
      const stats = lstatSync(this.#folder.entry(name), { throwIfNoEntry: false });
      if (stats?.isDirectory() && fileName === undefined) await this.#recoverClaimFolder(name, isLeft);
      else if (stats?.isFile() && fileName !== undefined)
        await this.#recoverBeside(name, fileName, isLeft || this.#isOld(stats.ctimeMs));
      else if (stats) this.#block(name, 'it has the name of a claim, but is none');
      else this.recovery.gone.push(name);
    } catch (error) {
      if (this.#isGone(name)) this.recovery.gone.push(name);
      else this.#block(name, sourceErrorFrom(error).message);
    }
  }

  /** Whether another process has put a claim back, so that any error of this one means nothing. */
  #isGone(name: string): boolean {
    return lstatSync(this.#folder.entry(name), { throwIfNoEntry: false }) === undefined;
  }

  async #recoverClaimFolder(name: string, isLeft: boolean): Promise<void> {
    const claims = new PrivateFolder(this.#folder, name);
    try {
      const files = claims.names();
      if (!isLeft && !this.#isOld(claims.lastUseMs())) {
        // Nothing is in a folder that its maker is about to use or to remove.
        if (files.length > 0) this.recovery.waiting.push(name);
        return;
      }
      for (const file of files) await this.#putBack(claims.entry(file), `${name}/${file}`, file);
    } finally {
      claims.close();
    }
    await removeFolder(this.#folder.entry(name));
  }

  async #recoverBeside(name: string, fileName: string, isLeft: boolean): Promise<void> {
    if (isLeft) await this.#putBack(this.#folder.entry(name), name, fileName);
    else this.recovery.waiting.push(name);
  }

  #isOld(lastUseMs: number): boolean {
    this.#nowMs ??= nowIn(this.#folder, this.#shard);
    return this.#nowMs - lastUseMs > MAX_LIVE_MS;
  }

  async #putBack(claimed: string, shownPath: string, name: string): Promise<void> {
    const stats = lstatSync(claimed, { throwIfNoEntry: false });
    if (stats !== undefined && !stats.isFile()) {
      this.#block(shownPath, 'it is not a regular file');
      return;
    }
    const original = this.#folder.entry(name);
    let end = await this.#move(claimed, original);
    // The other file may be the placeholder of a process that was putting this one back. Then it is gone by now.
    if (end === 'taken') end = await this.#move(claimed, original);
    if (end === 'restored') this.recovery.restored.push(name);
    else if (end === 'gone') this.recovery.gone.push(shownPath);
    else this.#block(shownPath, 'another file has taken its name');
  }

  async #move(claimed: string, original: string): Promise<PutBack> {
    if (finishPutBack(claimed, original)) return 'gone';
    if (!(await this.#isLeftPlaceholder(original))) return putBackNow(claimed, original);
    // In one call, since another process may be about to do the same: a file that it has put back is not replaced.
    return renameIfThere(claimed, original) ? 'restored' : 'gone';
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

/** Renames a file over another. @returns whether it was there @throws the system's error */
function renameIfThere(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/**
 * The present time in milliseconds since 1970, by the clock of the file system that has the folder; 0 if no folder can be
 * created there.
 */
function nowIn(folder: SourceFolder, shard: ShardId | undefined): number {
  const name = newClaimName(shard);
  const path = folder.entry(name);
  // Other runs of this process would take the folder for a leftover.
  processState.liveClaims.add(name);
  try {
    mkdirSync(path, { mode: 0o700 });
    return lstatSync(path).mtimeMs;
  } catch {
    return 0;
  } finally {
    removeIfEmpty(path);
    processState.liveClaims.delete(name);
  }
}
