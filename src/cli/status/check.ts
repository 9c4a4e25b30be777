/** One check of `status`, which prints it as one line. */
export interface Check {
  readonly name: string;
  /** Whether the check passed; undefined if it was not tried, because an earlier one failed. */
  readonly passed: boolean | undefined;
  /** Shown instead of a tick: `!` for a warning, `-` for an unknown result. Neither is a failure. */
  readonly mark?: '!' | '-' | undefined;
  /** Detail: what the check found, or what is wrong. */
  readonly detail: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
}
