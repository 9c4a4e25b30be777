import { lstatSync, mkdirSync, rmdirSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { systemCode } from '../core/errors.ts';
import { type Identity, sameFile } from '../source/identity.ts';
import { SourceError } from '../source/source-error.ts';
import { openSourceFolder, type SourceFolder } from '../source/source-file.ts';

interface MadeFolder {
  readonly parent: SourceFolder;
  readonly name: string;
  readonly folder: SourceFolder;
  readonly identity: Pick<Identity, 'dev' | 'ino'>;
}

/**
 * The folder that is restored to, and those on the way to it, as far as they were missing. They stay open, with their
 * parents, until they are released: whoever may rename one of them meanwhile turns no removal to another folder.
 */
export class MadeFolders {
  /** Outermost first. */
  readonly #made: MadeFolder[] = [];
  readonly #open: SourceFolder[] = [];

  /**
   * Makes a folder, and those on the way to it; one that appears meanwhile is taken as it is, unless it is a link.
   *
   * @param path Absolute, without a link in what exists of it.
   * @throws SourceError or the system's error; what was made is then removed again
   */
  constructor(path: string) {
    try {
      this.#openOrMake(path);
    } catch (error) {
      this.removeUnused();
      throw error;
    }
  }

  #openOrMake(path: string): SourceFolder {
    try {
      return this.#keep(openSourceFolder({ path, given: path }, ''));
    } catch (error) {
      const isMissing = error instanceof SourceError && error.code === 'NOT_FOUND';
      if (!isMissing || dirname(path) === path) throw error;
    }
    const parent = this.#openOrMake(dirname(path));
    const name = basename(path);
    const isOurs = make(parent.entry(name));
    const folder = this.#keep(openSourceFolder({ path, given: path }, ''));
    const identity = statSync(folder.entry('.'), { bigint: true });
    if (isOurs) this.#made.push({ parent, name, folder, identity });
    return folder;
  }

  #keep(folder: SourceFolder): SourceFolder {
    this.#open.push(folder);
    return folder;
  }

  /** Removes those that are empty, and releases all. */
  removeUnused(): void {
    for (const { parent, name, identity } of this.#made.toReversed())
      removeIfSame(parent.entry(name), identity);
    for (const folder of this.#open.splice(0)) folder.close();
  }
}

/** @returns whether it was not there */
function make(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function removeIfSame(path: string, identity: MadeFolder['identity']): void {
  try {
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (stats && sameFile(stats, identity)) rmdirSync(path);
  } catch {
    // Something was put there, or it is somebody else's by now.
  }
}
