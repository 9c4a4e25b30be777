/** A share of a budget. Releasing it twice is harmless. */
export interface Lease {
  release(): void;
}

/**
 * Limits the bytes of all files that are in memory between their reading and the acknowledgement of their last byte. A request
 * for more than the budget is granted when nothing else is in memory, so that one large file cannot wait for ever. Requests are
 * granted in order: small ones do not overtake a large one.
 */
export class MemoryBudget {
  readonly #bytes: number;
  #used = 0;
  readonly #waiting: { total: number; grant: () => void }[] = [];

  /** @param bytes Most bytes that are leased at one time. */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** Waits until `bytes` are free. Resolves immediately when `bytes` is 0. */
  async lease(bytes: number): Promise<Lease> {
    const [lease] = await this.leaseEach([bytes]);
    return lease as Lease;
  }

  /** Leases all sizes at once; each lease is released separately. */
  leaseEach(sizes: readonly number[]): Promise<Lease[]> {
    let left = this.#bytes;
    const shares = sizes.map((size) => {
      const share = Math.min(size, left);
      left -= share;
      return share;
    });
    const total = this.#bytes - left;
    const leases = () => shares.map((share) => this.#leaseOf(share));
    if (total === 0) return Promise.resolve(leases());
    return new Promise((resolve) => {
      this.#waiting.push({ total, grant: () => resolve(leases()) });
      this.#serve();
    });
  }

  #serve(): void {
    for (;;) {
      const next = this.#waiting[0];
      if (next === undefined || this.#used + next.total > this.#bytes) return;
      this.#waiting.shift();
      this.#used += next.total;
      next.grant();
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
