import type { LaneMd5 } from './lane-md5.ts';
import type { Lanes } from './lanes.ts';
import { LANES } from './lanes-code.ts';

/** Decides which bodies are hashed together, and when. */
export class LaneTurns {
  readonly #lanes: Lanes;
  readonly #ready = new Set<LaneMd5>();
  #isComing = false;

  constructor(lanes: Lanes) {
    this.#lanes = lanes;
  }

  onAdded(body: LaneMd5): void {
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

  onEmpty(body: LaneMd5): void {
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

  #hash(bodies: readonly LaneMd5[]): void {
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
