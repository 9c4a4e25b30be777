import type { FatalCode } from '../../core/errors.ts';
import { masked } from '../output/mask.ts';

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
  /** Code of the error that made the check fail, if it has one. */
  readonly code?: FatalCode | undefined;
}

/** Copies a check with the secrets in its texts masked. */
export function maskedCheck(check: Check, secrets: readonly string[]): Check {
  const { detail, hint } = check;
  return { ...check, detail: masked(detail, secrets), hint: hint && masked(hint, secrets) };
}
