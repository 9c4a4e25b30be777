import type { Lanes } from './lanes.ts';
import { LANES } from './lanes-code.ts';

/** A body that takes its turn in a lane whenever there are bytes. */
export interface LaneBody {
  /** Whether it does not wait for others to fill the lanes. */
  readonly isUrgent: boolean;
  /** Number of blocks that lie side by side in memory and are next. */
  readonly next: number;
  /** Begins or continues in a lane. Returns the offset of the next block in the memory of the lanes. */
  enter(lane: number): number;
  /** Takes over what a lane has come to. Returns what is to be called if a piece is done. */
  leave(lane: number, blocks: number): (() => void) | undefined;
}

/** Decides which bodies are hashed together, and when. */
export class LaneTurns {
  readonly #lanes: Lanes;
  readonly #ready = new Set<LaneBody>();
  #isComing = false;

  constructor(lanes: Lanes) {
    this.#lanes = lanes;
  }

  onAdded(body: LaneBody): void {
    this.#ready.add(body);
    if (this.#ready.size >= LANES) this.#work();
    else if (body.isUrgent && !this.#isComing) {
      // Other bodies may get bytes in this turn of the event loop.
      this.#isComing = true;
      setImmediate(() => {
        this.#isComing = false;
        this.#work();
      });
    }
  }

  onEmpty(body: LaneBody): void {
    this.#ready.delete(body);
  }

  #work(): void {
    for (;;) {
      const bodies = [...this.#ready];
      const urgent = bodies.filter(({ isUrgent }) => isUrgent);
      if (bodies.length < LANES && urgent.length === 0) return;
      const others = bodies.filter(({ isUrgent }) => !isUrgent);
      this.#hash([...urgent, ...others].slice(0, LANES));
    }
  }

  #hash(bodies: readonly LaneBody[]): void {
    const blocks = Math.min(...bodies.map(({ next }) => next));
    this.#lanes.runAt(
      blocks,
      bodies.map((body, lane) => body.enter(lane)),
    );
    // What is done may add the next piece, which may be hashed at once: not before all lanes are left.
    const done = bodies.map((body, lane) => body.leave(lane, blocks));
    for (const each of done) each?.();
  }
}
