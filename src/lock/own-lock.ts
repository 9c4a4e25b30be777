import { type PlaceError, unavailableError } from './lock-error.ts';
import { type LockState, newLockName } from './lock-folder.ts';
import type { LockRecord } from './lock-record.ts';
import { PlacedLock } from './placed-lock.ts';

/** How often the lock's files are touched: systems delete temporary files unchanged for 3 days (macOS) or 10 (systemd). */
const TOUCH_MS = 3_600_000;

/**
 * The lock of this run. In each place it is a private folder (mode 0700) with an unpredictable name, a listening socket and a
 * record of what the run works on. The kernel closes the socket with the process, however that ends, so a lock never outlives
 * its run. Only this user and root can connect to the socket or write to the folder.
 */
export class OwnLock {
  /** Decides between two runs that ask at the same moment: the lower one wins. */
  readonly id: string;
  #placed: PlacedLock[] = [];
  #state: LockState = 'draft';
  #touching: NodeJS.Timeout | undefined;

  private constructor(id: string) {
    this.id = id;
  }

  /**
   * Makes the lock in state `draft`: it asks for nothing yet.
   *
   * @param places Folders that can hold locks. Those that cannot be used are skipped.
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

  /** Folders that hold this lock. */
  get places(): readonly string[] {
    return this.#placed.map(({ place }) => place);
  }

  /**
   * Changes the state in every place, and gives up places in which that fails.
   *
   * @param state `claimed` shows other runs what this one asks for; `held` says that it has it; `draft` withdraws.
   * @throws BackupError `LOCK_UNAVAILABLE` if the change fails in every place
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

  /** Releases the lock and removes its folders. */
  remove(): void {
    clearInterval(this.#touching);
    for (const placed of this.#placed.splice(0)) placed.remove();
  }

  #touch(): void {
    for (const placed of this.#placed) placed.touch(this.#state);
  }
}
