import type { Stats } from 'node:fs';
import type { Step } from './follow-path.ts';
import { currentUser, isOurs, othersMayReplace, othersMayWrite } from './others.ts';

/**
 * The rule for every file that the program writes: in a folder that other users may write to or rename, it follows no link, and
 * writes neither into another user's file nor into one with a second hard link. Another user could have planted these to have
 * a file damaged that only this user may write to.
 */
export class Exposure {
  readonly #user = currentUser();
  #isAbove = false;
  #isExposed = false;

  /** Whether other users may change what is at the end of the path. */
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
   * @throws Error if the file at the end of the path must not be written into
   */
  require(path: string, stats: Stats): void {
    if (this.#user === undefined || !this.#isExposed) return;
    if (!isOurs(stats.uid, this.#user)) throw refused(`${path} belongs to user ${stats.uid}, and is`);
    if (stats.isFile() && stats.nlink > 1) throw refused(`${path} has ${stats.nlink} hard links, and is`);
  }
}

function refused(what: string): Error {
  return new Error(`${what} in a folder that others may write to; name another folder`);
}
