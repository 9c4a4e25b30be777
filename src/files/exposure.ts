import type { Stats } from 'node:fs';
import type { Step } from './follow-path.ts';
import { currentUser, isOurs, othersMayReplace, othersMayWrite } from './others.ts';

/**
 * The rule for every file that the program writes. If other users may write to or rename a folder on the path, the program
 * follows no link there, and writes neither into another user's file nor into one with a second hard link: another user could
 * have planted these to damage a file that only this user may write to.
 */
export class Exposure {
  readonly #user = currentUser();
  #isAbove = false;
  #isExposed = false;

  /** Whether other users may change the entry at the end of the path. */
  get isExposed(): boolean {
    return this.#isExposed;
  }

  /**
   * Takes the next step of a path into account.
   *
   * @throws Error if the step follows a link that other users may have made
   */
  add({ folder, path, stats, isFollowed }: Step): void {
    if (this.#user === undefined) return;
    this.#isExposed =
      this.#isAbove || !isOurs(folder.stats.uid, this.#user) || othersMayWrite(folder.stats, this.#user);
    this.#isAbove ||= othersMayReplace(folder.stats, stats, this.#user);
    if (this.#isExposed && isFollowed) throw refused(`${path} is a link`);
  }

  /**
   * Makes sure that the file at the end of the path may be written into.
   *
   * @throws Error if it may not
   */
  require(path: string, stats: Stats): void {
    if (this.#user === undefined || !this.#isExposed) return;
    if (!isOurs(stats.uid, this.#user)) throw refused(`${path} belongs to user ${stats.uid}, and is`);
    if (stats.isFile() && stats.nlink > 1) throw refused(`${path} has ${stats.nlink} hard links, and is`);
  }
}

function refused(what: string): Error {
  return new Error(`${what} in a folder that other users may write to; use another folder`);
}
