import { type Lease, MemoryBudget } from './memory-budget.ts';

/** Bytes on loan from a pool. Releasing them twice is harmless; after that they must not be read again. */
export interface PooledBytes extends Lease {
  readonly bytes: Buffer;
}

const MIN_BYTES = 4 * 1024;
/** From here on memory can be shared with another thread, which computes the MD5 of a whole large file. */
const SHARED_FROM_BYTES = 1024 * 1024;

/**
 * Buffers that are used again and again, within a budget. New memory costs a page fault for every 4 KiB and waits for the
 * garbage collector afterwards (docs/performance.md), and resident memory would grow with the speed at which files come.
 */
export class BufferPool {
  readonly #budget: MemoryBudget;
  readonly #limit: number;
  /** By size, a power of two. */
  readonly #free = new Map<number, Buffer[]>();
  /** On loan and free. */
  #allocated = 0;
  #freeBytes = 0;

  /** @param bytes The most that is on loan at one time. */
  constructor(bytes: number) {
    this.#budget = new MemoryBudget(bytes);
    this.#limit = bytes;
  }

  /** Most bytes that are on loan at a time. */
  get size(): number {
    return this.#limit;
  }

  /** Waits until `size` bytes are free. They still hold earlier content. */
  async lease(size: number): Promise<PooledBytes> {
    const [one] = await this.leaseEach([size]);
    return one as PooledBytes;
  }

  /** Leases several at once, so that no caller waits while it holds some of them. */
  async leaseEach(sizes: readonly number[]): Promise<PooledBytes[]> {
    const leases = await this.#budget.leaseEach(sizes);
    return leases.map((lease, index) => this.#take(sizes[index] ?? 0, lease));
  }

  /** Waits for room for bytes that are not the pool's. */
  reserve(bytes: number): Promise<Lease> {
    return this.#budget.lease(bytes);
  }

  #take(size: number, lease: Lease): PooledBytes {
    const capacity = capacityFor(size);
    const reused = this.#free.get(capacity)?.pop();
    if (reused) this.#freeBytes -= capacity;
    const whole = reused ?? this.#allocate(capacity);
    let released = false;
    return {
      bytes: whole.subarray(0, size),
      release: () => {
        if (released) return;
        released = true;
        this.#keep(whole);
        lease.release();
      },
    };
  }

  /** What is free in other sizes makes room for this one. */
  #allocate(capacity: number): Buffer {
    if (this.#allocated + capacity > this.#limit) {
      this.#free.clear();
      this.#allocated -= this.#freeBytes;
      this.#freeBytes = 0;
    }
    this.#allocated += capacity;
    return allocate(capacity);
  }

  #keep(buffer: Buffer): void {
    if (buffer.length === 0) return;
    if (this.#allocated > this.#limit) {
      this.#allocated -= buffer.length;
      return;
    }
    const free = this.#free.get(buffer.length);
    if (free) free.push(buffer);
    else this.#free.set(buffer.length, [buffer]);
    this.#freeBytes += buffer.length;
  }
}

/** Powers of two up to 1 MiB, whole MiB above. */
function capacityFor(size: number): number {
  if (size === 0) return 0;
  if (size > SHARED_FROM_BYTES) return Math.ceil(size / SHARED_FROM_BYTES) * SHARED_FROM_BYTES;
  return 2 ** Math.ceil(Math.log2(Math.max(size, MIN_BYTES)));
}

function allocate(capacity: number): Buffer {
  return capacity < SHARED_FROM_BYTES
    ? Buffer.allocUnsafeSlow(capacity)
    : Buffer.from(new SharedArrayBuffer(capacity));
}
