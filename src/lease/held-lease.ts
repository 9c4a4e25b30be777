import { type BackupError, messageOf } from '../core/errors.ts';
import type { Moment } from '../core/moment.ts';
import type { Fence } from '../flow/fence.ts';
import { lostError } from './lease-error.ts';
import type { LeaseObject, LeaseWrite } from './lease-object.ts';
import { isFresh, type LeaseTimes } from './lease-times.ts';

export interface HeldLeaseOptions {
  readonly onLost: (error: BackupError) => void;
  readonly times: LeaseTimes;
}

/**
 * A lease that this run holds. It is renewed until it is released. A file may be deleted only while the last renewal is younger
 * than 40 s: a process that stood still for longer, and whose work another one may have taken over, finds that out before its
 * next deletion.
 */
export class HeldLease implements Fence {
  readonly #object: LeaseObject;
  readonly #options: HeldLeaseOptions;
  #last: LeaseWrite;
  #timer: NodeJS.Timeout | undefined;
  #renewing: Promise<void> | undefined;
  #lost: BackupError | undefined;
  #isReleased = false;
  #onRenewed: (begun: Moment) => void = () => undefined;

  constructor(object: LeaseObject, taken: LeaseWrite, options: HeldLeaseOptions) {
    this.#object = object;
    this.#last = taken;
    this.#options = options;
    this.#renewLater();
  }

  /** Calls a function with the moment of the last renewal, and of each later one. */
  follow(onRenewed: (begun: Moment) => void): void {
    this.#onRenewed = onRenewed;
    onRenewed(this.#last.begun);
  }

  async ready(): Promise<void> {
    while (!this.#isFresh() && this.#lost === undefined) await this.#renewNow();
    if (this.#lost) throw this.#lost;
  }

  isOpen(): boolean {
    if (this.#lost) return false;
    if (this.#isFresh()) return true;
    this.#lose('this process stood still for too long, so that another run may hold it by now');
    return false;
  }

  /** Gives the lease back, so that the next run can take it at once. Errors are ignored: it lapses by itself. */
  async release(): Promise<void> {
    this.#isReleased = true;
    clearTimeout(this.#timer);
    await this.#renewing;
    if (this.#lost) return;
    await this.#object.write({ ifMatch: this.#last.etag }, true).catch(() => undefined);
  }

  #isFresh(): boolean {
    return isFresh(this.#last.begun, this.#options.times);
  }

  #renewLater(): void {
    if (this.#isReleased || this.#lost) return;
    this.#timer = setTimeout(() => this.#renewNow(), this.#options.times.renewMs).unref();
  }

  #renewNow(): Promise<void> {
    clearTimeout(this.#timer);
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
      this.#renewLater();
    });
    return this.#renewing;
  }

  /** A renewal that fails is repeated as long as the last one is fresh. */
  async #renew(): Promise<void> {
    try {
      const written = await this.#object.write({ ifMatch: this.#last.etag });
      if (written === undefined) return this.#lose('another run has taken it');
      this.#last = written;
      this.#onRenewed(written.begun);
    } catch (error) {
      if (!this.#isReleased && !this.#isFresh()) this.#lose(`it could not be renewed: ${messageOf(error)}`);
    }
  }

  #lose(why: string): void {
    if (this.#lost) return;
    this.#lost = lostError(this.#object.name, why);
    clearTimeout(this.#timer);
    this.#options.onLost(this.#lost);
  }
}
