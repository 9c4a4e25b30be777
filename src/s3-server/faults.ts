import {
  describePlan,
  type FaultAction,
  type FaultPlan,
  type FaultTarget,
  matchesTarget,
} from './fault-plan.ts';

/** A fault that was planned, and how often it has happened. */
export interface PlannedFault {
  readonly plan: FaultPlan;
  /** Number of requests that it was applied to. */
  readonly fired: number;
  /** Ends the plan. `fired` keeps its value. */
  cancel(): void;
}

/** Makes a generator of pseudorandom numbers from 0 to 1 (Mulberry32), so that a seed makes a test repeatable. */
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

  /** Counts a request. @returns whether the fault applies to it */
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

/** The planned faults of one endpoint. */
export class Faults {
  #planned: Planned[] = [];

  /** Adds a plan. Plans are tried in the order in which they were added. */
  plan(plan: FaultPlan): PlannedFault {
    const planned = new Planned(plan);
    this.#planned.push(planned);
    return planned;
  }

  /** Removes all plans, including those that never fired. */
  clear(): void {
    this.#planned = [];
  }

  /** Fails if a plan never fired, since its test then tested nothing. @throws {Error} that names every such plan. */
  assertAllFired(): void {
    const idle = this.#planned.filter(({ fired }) => fired === 0);
    if (idle.length === 0) return;
    throw new Error(`planned faults never fired: ${idle.map(({ plan }) => describePlan(plan)).join('; ')}`);
  }

  /** Actions for one request: `delay` and `call` actions in order, and at most one other action, which is the last. */
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
