import {
  describePlan,
  type FaultAction,
  type FaultPlan,
  type FaultTarget,
  matchesTarget,
} from './fault-plan.ts';

/** A plan under way. */
export interface PlannedFault {
  readonly plan: FaultPlan;
  /** How often it has struck. */
  readonly fired: number;
  /** Ends it; what it did so far stays counted. */
  cancel(): void;
}

/** Mulberry32: 32 bits of state are plenty for choosing requests, and a seed makes a storm repeatable. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Planned implements PlannedFault {
  readonly plan: FaultPlan;
  fired = 0;
  #seen = 0;
  #left: number;
  readonly #random: () => number;

  constructor(plan: FaultPlan) {
    this.plan = plan;
    this.#left = plan.times ?? (plan.probability === undefined ? 1 : Number.POSITIVE_INFINITY);
    this.#random = randomNumbers(plan.seed ?? 1);
  }

  cancel(): void {
    this.#left = 0;
  }

  /** Counts a request, and says whether it is struck. */
  strikes(target: FaultTarget): boolean {
    if (this.#left <= 0 || !matchesTarget(this.plan, target)) return false;
    this.#seen++;
    if (this.#seen <= (this.plan.skip ?? 0)) return false;
    if (this.plan.probability !== undefined && this.#random() >= this.plan.probability) return false;
    this.#left--;
    this.fired++;
    return true;
  }
}

/** Faults on purpose: what goes wrong at which requests. */
export class Faults {
  #planned: Planned[] = [];

  /** Adds a plan; plans are asked in the order in which they were added. */
  plan(plan: FaultPlan): PlannedFault {
    const planned = new Planned(plan);
    this.#planned.push(planned);
    return planned;
  }

  /** Forgets all plans, those that never fired too. */
  clear(): void {
    this.#planned = [];
  }

  /** @throws {Error} naming every plan that has never struck: its test tested nothing. */
  assertAllFired(): void {
    const idle = this.#planned.filter(({ fired }) => fired === 0);
    if (idle.length === 0) return;
    throw new Error(`planned faults never fired: ${idle.map(({ plan }) => describePlan(plan)).join('; ')}`);
  }

  /** The actions for one request: delays and calls in order, and at most one other, the last. */
  strike(target: FaultTarget): readonly FaultAction[] {
    const actions: FaultAction[] = [];
    for (const planned of this.#planned) {
      if (!planned.strikes(target)) continue;
      const action = planned.plan.do;
      actions.push(action);
      if (action.kind !== 'delay' && action.kind !== 'call') break;
    }
    return actions;
  }
}
