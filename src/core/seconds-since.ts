/** Seconds since a moment of `performance.now()`, which corrections of the time do not move. */
export function secondsSince(begun: number): number {
  return (performance.now() - begun) / 1000;
}
