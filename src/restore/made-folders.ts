import { lstatSync, mkdirSync, rmdirSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { systemCode } from '../core/errors.ts';
import { type Identity, sameFile } from '../source/identity.ts';
import { SourceError } from '../source/source-error.ts';
import { openSourceFolder, type SourceFolder } from '../source/source-folder.ts';

interface MadeFolder {
  readonly parent: SourceFolder;
  readonly name: string;
  readonly folder: SourceFolder;
  readonly identity: Pick<Identity, 'dev' | 'ino'>;
}

/**
 * The target folder and its parents, as far as they were missing and were created. All stay open until `removeUnused` or `close`, so that
 * another user who renames one of them cannot redirect the removal to another folder.
 */
export class MadeFolders {
  /** Outermost first. */
  readonly #made: MadeFolder[] = [];
  readonly #open: SourceFolder[] = [];

  /**
   * Creates a folder and its missing parents. A folder that another process creates meanwhile is used, a link is refused.
   *
   * @param path Absolute; the part that exists must not lead through a link.
   * @throws SourceError or the system's error; the folders made until then are removed
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

  /** Removes the created folders that are empty, and closes all. */
  removeUnused(): void {
    for (const { parent, name, identity } of this.#made.toReversed())
      removeIfSame(parent.entry(name), identity);
    this.close();
  }

  /** Closes all folders. Those that were created stay. */
  close(): void {
    for (const folder of this.#open.splice(0)) folder.close();
  }
}

/** Creates a folder. @returns false if something has the name already */
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
    // The folder is not empty, or may not be removed.
  }
}
