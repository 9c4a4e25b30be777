import { systemMessage } from '../core/errors.ts';
import type { Fate, ItemCode } from '../core/outcomes.ts';
import type { Claim } from '../source/claims.ts';

/** The result of a deletion: whether the file was deleted, and why not. */
export interface Verdict {
  readonly fate: Fate;
  readonly code?: ItemCode;
  readonly reason?: string;
}

export const MOVED = failed(
  'FILE_CHANGED',
  'the file is not under its name any more, or its folder was moved',
);
export const UNCOUNTED = failed(
  'FILE_CHANGED',
  'when files were counted for the limit on deletions, it was to stay',
);
export const FENCED = failed(
  'RUN_FAILED',
  'it was not deleted, since the lease of this run may have passed to another run',
);
export const OPEN: Verdict = {
  fate: 'kept',
  code: 'OPEN_FOR_WRITING',
  reason: 'a process has it open for writing',
};

/** Gives a claimed file its name back. @returns the verdict, or that another file has the name */
export function putBack(claim: Claim, verdict: Verdict): Verdict {
  try {
    if (claim.isGone) return verdict;
    if (claim.putBack()) return verdict;
    return failed(
      'CLAIM_BLOCKED',
      `${verdict.reason}; another file took its name, so it is now ${claim.shownPath}`,
    );
  } catch (error) {
    return failed(
      'CLAIM_BLOCKED',
      `${verdict.reason}; it is now ${claim.shownPath}: ${systemMessage(error)}`,
    );
  }
}

export function keptForLinks(links: bigint): Verdict {
  return { fate: 'kept', code: 'HARD_LINK', reason: `it has ${links} hard links` };
}

export function failed(code: ItemCode, reason: string): Verdict {
  return { fate: 'failed', code, reason };
}
