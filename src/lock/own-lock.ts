import { type PlaceError, unavailableError } from './lock-error.ts';
import { type LockState, newLockName } from './lock-folder.ts';
import type { LockRecord } from './lock-record.ts';
import { PlacedLock } from './placed-lock.ts';

/** Cleaners of temporary folders take what has not changed for 3 days (macOS) or 10 (systemd). */
const TOUCH_MS = 3_600_000;

/**
 * The lock of this run: in each place a private folder (mode 0700) of a name that nobody can know before, with a
 * listening socket and a record of what the run works on. The kernel ends the listening with the process, however that
 * ends, so no lock is ever stale; and only this user (and root) can connect to it or write there.
 */
export class OwnLock {
  readonly id: string;
  #placed: PlacedLock[] = [];
  #state: LockState = 'draft';
  #touching: NodeJS.Timeout | undefined;

  private constructor(id: string) {
    this.id = id;
  }

  /**
   * Makes the lock, which asks for nothing yet.
   *
   * @throws BackupError `LOCK_UNAVAILABLE` if no place can be used
   */
  static async make(record: LockRecord, places: readonly string[]): Promise<OwnLock> {
    const { name, id } = newLockName();
    const lock = new OwnLock(id);
    const troubles: PlaceError[] = [];
    for (const place of places) {
      try {
        lock.#placed.push(await PlacedLock.make(place, name, JSON.stringify(record)));
      } catch (error) {
        troubles.push({ place, error });
      }
    }
    if (lock.#placed.length === 0) throw unavailableError(troubles);
    lock.#touching = setInterval(() => lock.#touch(), TOUCH_MS).unref();
    return lock;
  }

  /** The places in which it is. */
  get places(): readonly string[] {
    return this.#placed.map(({ place }) => place);
  }

  /**
   * @param state `claimed`: from now on other runs see what this one asks for. `held`: it has it. `draft`: it steps back.
   * @throws BackupError `LOCK_UNAVAILABLE` if that was possible in no place
   */
  setState(state: LockState): void {
    const troubles: PlaceError[] = [];
    this.#placed = this.#placed.filter((placed) => {
      try {
        placed.change(this.#state, state);
        return true;
      } catch (error) {
        troubles.push({ place: placed.place, error });
        placed.remove();
        return false;
      }
    });
    if (this.#placed.length === 0) throw unavailableError(troubles);
    this.#state = state;
  }

  remove(): void {
    clearInterval(this.#touching);
    for (const placed of this.#placed.splice(0)) placed.remove();
  }

  #touch(): void {
    for (const placed of this.#placed) placed.touch(this.#state);
  }
}
