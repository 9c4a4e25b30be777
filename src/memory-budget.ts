/** A share of a budget. Releasing it twice is harmless. */
export interface Lease {
  release(): void;
}

/**
 * Bounds the bytes that are in memory between reading and the last byte's acknowledgement, over all files. Whoever
 * wants more than there is gets it when there is nothing else in memory, so that one large file cannot wait for ever.
 * First come, first served: a large request is not overtaken by small ones.
 */
export class MemoryBudget {
  readonly #bytes: number;
  #used = 0;
  readonly #waiting: { bytes: number; grant: (lease: Lease) => void }[] = [];

  /** @param bytes The most that is out on lease at one time. */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** Waits until so many bytes are free. A lease for 0 bytes is had at once. */
  lease(bytes: number): Promise<Lease> {
    if (bytes === 0) return Promise.resolve(this.#leaseOf(0));
    return new Promise((grant) => {
      this.#waiting.push({ bytes: Math.min(bytes, this.#bytes), grant });
      this.#serve();
    });
  }

  #serve(): void {
    for (;;) {
      const next = this.#waiting[0];
      if (next === undefined || this.#used + next.bytes > this.#bytes) return;
      this.#waiting.shift();
      this.#used += next.bytes;
      next.grant(this.#leaseOf(next.bytes));
    }
  }

  #leaseOf(bytes: number): Lease {
    let released = false;
    return {
      release: () => {
        if (released) return;
        released = true;
        this.#used -= bytes;
        this.#serve();
      },
    };
  }
}
