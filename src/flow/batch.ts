/** When a batch goes although it is not full, in milliseconds. */
export interface BatchTimes {
  /** Nothing was added for so long. */
  readonly idleMs: number;
  /** Its first member has waited so long. */
  readonly longestMs: number;
}

/** Gathers what comes at about the same time, so that it can be dealt with at once. */
export class Batch<T> {
  readonly #limit: number;
  readonly #times: BatchTimes;
  readonly #send: (members: T[]) => void;
  #members: T[] = [];
  #timer: NodeJS.Timeout | undefined;
  #first = 0;
  #last = 0;

  /** @param limit Members of a full batch. */
  constructor(limit: number, times: BatchTimes, send: (members: T[]) => void) {
    this.#limit = limit;
    this.#times = times;
    this.#send = send;
  }

  add(member: T): void {
    this.#members.push(member);
    if (this.#members.length >= this.#limit) {
      this.#go();
      return;
    }
    this.#last = performance.now();
    if (this.#timer !== undefined) return;
    this.#first = this.#last;
    this.#timer = setTimeout(() => this.#look(), this.#times.idleMs);
  }

  /** One timer that looks when it is due, since setting one anew for every member costs more than the member. */
  #look(): void {
    const { idleMs, longestMs } = this.#times;
    const due = Math.min(this.#last + idleMs, this.#first + longestMs) - performance.now();
    if (due < 1) this.#go();
    else this.#timer = setTimeout(() => this.#look(), due);
  }

  /** Does not wait for more. */
  flush(): void {
    if (this.#members.length > 0) this.#go();
  }

  #go(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const members = this.#members;
    this.#members = [];
    this.#send(members);
  }
}
