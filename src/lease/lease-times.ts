import { type Moment, msSince } from '../core/moment.ts';

/** Times of a lease, in milliseconds. Every run that may take it must have the same. */
export interface LeaseTimes {
  /** Age of the last write, by the store's clock, from which another run may take the lease. */
  readonly lapseMs: number;
  /** How often the holder writes it. */
  readonly renewMs: number;
  /** Age of the last write, by the clocks of the holder, from which the holder deletes nothing. */
  readonly freshMs: number;
  /** How often a run that waits looks at it. */
  readonly lookMs: number;
}

/**
 * The 20 s between `freshMs` and `lapseMs` are for what lies between the check and the end of one deletion, and for clocks of
 * several machines of the store that differ.
 */
export const LEASE_TIMES: LeaseTimes = { lapseMs: 60_000, renewMs: 15_000, freshMs: 40_000, lookMs: 2_000 };

/** Whether files may be deleted after a renewal. @param renewed A moment before its request was sent. */
export function isFresh(renewed: Moment, { freshMs }: LeaseTimes = LEASE_TIMES): boolean {
  return msSince(renewed) < freshMs;
}
