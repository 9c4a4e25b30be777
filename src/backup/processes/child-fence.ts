import { setTimeout as sleep } from 'node:timers/promises';
import type { Moment } from '../../core/moment.ts';
import type { Fence } from '../../flow/fence.ts';
import type { RunControl } from '../../flow/run-control.ts';
import { lostError } from '../../lease/lease-error.ts';
import { isFresh } from '../../lease/lease-times.ts';

/** How often a wait looks for a renewal, in milliseconds. */
const LOOK_MS = 100;

/** The fence of a child process. The parent holds the lease, and tells of each renewal. */
export class ChildFence implements Fence {
  readonly #control: RunControl;
  #renewed: Moment;
  #isClosed = false;

  constructor(renewed: Moment, control: RunControl) {
    this.#renewed = renewed;
    this.#control = control;
  }

  onRenewed(renewed: Moment): void {
    this.#renewed = renewed;
  }

  async ready(): Promise<void> {
    const { stopping } = this.#control;
    while (!isFresh(this.#renewed) && !stopping.aborted && !this.#isClosed)
      await sleep(LOOK_MS, undefined, { signal: stopping }).catch(() => undefined);
    if (!this.isOpen()) throw this.#control.failure ?? lostError('of the run', 'it was not renewed');
  }

  isOpen(): boolean {
    if (this.#isClosed) return false;
    if (isFresh(this.#renewed)) return true;
    this.#isClosed = true;
    this.#control.fail(lostError('of the run', 'this process stood still for too long'));
    return false;
  }
}
