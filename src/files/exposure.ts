import type { Stats } from 'node:fs';
import { currentUser, isOurs, othersMayReplace, othersMayWrite } from './others.ts';
import type { Step } from './walk.ts';

/**
 * The rule for what the program writes: in a folder that others may write to, or rename, nothing goes through a link or
 * into what is another user's or has another hard link. It could be a file that only we may write to.
 */
export class Exposure {
  readonly #user = currentUser();
  #isAbove = false;
  #isExposed = false;

  /** Whether others may have a hand in what is at the end of the path. */
  get isExposed(): boolean {
    return this.#isExposed;
  }

  /**
   * Takes the next step along a path into account.
   *
   * @throws Error where it goes through a link that others may have made
   */
  add({ folder, path, stats, isFollowed }: Step): void {
    if (this.#user === undefined) return;
    this.#isExposed =
      this.#isAbove || !isOurs(folder.stats.uid, this.#user) || othersMayWrite(folder.stats, this.#user);
    this.#isAbove ||= othersMayReplace(folder.stats, stats, this.#user);
    if (this.#isExposed && isFollowed) throw refused(`${path} is a link`);
  }

  /**
   * Makes sure that what is at the end of the path may be written into.
   *
   * @throws Error
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
