/** Times after which a batch is sent although it is not full, in milliseconds. */
export interface BatchTimes {
  /** Time since the last member was added. */
  readonly idleMs: number;
  /** Time since the first member was added. */
  readonly longestMs: number;
}

/** Gathers members that are added at about the same time, so that they can be handled together. */
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

  /** One timer checks when the batch is due, since a new timer for every member costs more than the member. */
  #look(): void {
    const { idleMs, longestMs } = this.#times;
    const due = Math.min(this.#last + idleMs, this.#first + longestMs) - performance.now();
    if (due < 1) this.#go();
    else this.#timer = setTimeout(() => this.#look(), due);
  }

  /** Sends the batch immediately, without waiting for more members. */
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
