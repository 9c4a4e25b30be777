/** A moment by two clocks of this machine. All processes of the machine have the same. Plain data, so that it can be sent to them. */
export interface Moment {
  /** By the monotonic clock, in milliseconds. It goes on while a process is stopped, but not while the machine sleeps. */
  readonly monotonicMs: number;
  /** By the clock that can be set, in milliseconds since 1970. It goes on while the machine sleeps. */
  readonly wallMs: number;
}

export function now(): Moment {
  return { monotonicMs: Number(process.hrtime.bigint() / 1_000n) / 1_000, wallMs: Date.now() };
}

/** Milliseconds since a moment by the clock that says more. A clock that was set forward makes it too long, but none makes it too short. */
export function msSince({ monotonicMs, wallMs }: Moment): number {
  const present = now();
  return Math.max(present.monotonicMs - monotonicMs, present.wallMs - wallMs);
}
