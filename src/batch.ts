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
  #idle: NodeJS.Timeout | undefined;
  #longest: NodeJS.Timeout | undefined;

  /** @param limit Members of a full batch. */
  constructor(limit: number, times: BatchTimes, send: (members: T[]) => void) {
    this.#limit = limit;
    this.#times = times;
    this.#send = send;
  }

  add(member: T): void {
    this.#members.push(member);
    clearTimeout(this.#idle);
    if (this.#members.length >= this.#limit) {
      this.#go();
      return;
    }
    this.#idle = setTimeout(() => this.#go(), this.#times.idleMs);
    this.#longest ??= setTimeout(() => this.#go(), this.#times.longestMs);
  }

  #go(): void {
    clearTimeout(this.#idle);
    clearTimeout(this.#longest);
    this.#longest = undefined;
    const members = this.#members;
    this.#members = [];
    this.#send(members);
  }
}
