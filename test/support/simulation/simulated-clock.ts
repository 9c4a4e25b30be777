/** A clock that moves from one planned event to the next, so that minutes pass in milliseconds, and always the same. */
export class SimulatedClock {
  /** Planned events, the latest first. */
  readonly #planned: { readonly at: number; readonly run: () => void }[] = [];
  ms = 0;

  /** Plans an event. Of several events at one time, the one that was planned first comes first. */
  after(ms: number, run: () => void): void {
    const at = this.ms + ms;
    let index = this.#planned.length;
    while (index > 0 && (this.#planned[index - 1]?.at ?? 0) <= at) index -= 1;
    this.#planned.splice(index, 0, { at, run });
  }

  /** Moves to the next event. Returns whether there was one. */
  step(): boolean {
    const next = this.#planned.pop();
    if (next === undefined) return false;
    this.ms = next.at;
    next.run();
    return true;
  }
}
