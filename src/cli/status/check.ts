/** One line of `status`. */
export interface Check {
  readonly name: string;
  /** Undefined where an earlier failure left nothing to try. */
  readonly passed: boolean | undefined;
  /** In place of a tick: what is no failure, but not as it should be, or not known. */
  readonly mark?: '!' | '-' | undefined;
  /** What was found, or what is wrong. */
  readonly detail: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
}
