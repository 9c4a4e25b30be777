import { messageOf } from '../core/errors.ts';
import { below } from '../core/paths.ts';
import { CLAIM_PREFIX } from '../core/reserved-names.ts';
import { type Found, type Item, settle } from '../flow/item.ts';
import { type RecoverOptions, type Recovery, recoverFolder } from '../source/recover.ts';
import type { SourceRoot } from '../source/root.ts';

const CRASHED = 'left by a run that crashed';
const ELSEWHERE =
  'a run on another machine or in another container claimed it and may be alive; put back once it is an hour old';

/** What became of the files that crashed runs left claimed in one folder. */
export interface RecoveredClaims {
  /** Paths of files that have their names again, relative to the root. */
  readonly restored: readonly string[];
  /** One item for each claim that stays. */
  readonly items: readonly Item<Found>[];
  /** Whether files may have got their names since the folder was listed, from here or from another process. */
  readonly haveMoved: boolean;
}

/**
 * Puts the files of left claims back. Throws nothing.
 *
 * @param folder Relative to the root, `/`-separated; '' is the root itself.
 */
export async function recoverClaims(
  root: SourceRoot,
  folder: string,
  options?: RecoverOptions,
): Promise<RecoveredClaims> {
  let recovery: Recovery;
  try {
    recovery = await recoverFolder(root, folder, options);
  } catch (error) {
    const reason = `${CRASHED}, and could not be put back: ${messageOf(error)}`;
    const item = blocked(below(folder, `${CLAIM_PREFIX}*`), reason);
    return { restored: [], items: [item], haveMoved: false };
  }
  const { restored, waiting, gone } = recovery;
  return {
    restored: restored.map((name) => below(folder, name)),
    items: [
      ...recovery.blocked.map(({ path, reason }) => blocked(below(folder, path), `${CRASHED}: ${reason}`)),
      ...waiting.map((name) => claimedElsewhere(below(folder, name))),
    ],
    haveMoved: restored.length + gone.length > 0,
  };
}

/** The item for a left claim in a run that puts nothing back. */
export function leftClaim(folder: string, name: string): Item<Found> {
  const reason = 'left by a run that crashed; a real run puts its files back';
  return settle({ path: below(folder, name) }, 'skipped', { code: 'OWN_FILE', reason });
}

function blocked(path: string, reason: string): Item<Found> {
  return settle({ path }, 'failed', { code: 'CLAIM_BLOCKED', reason });
}

function claimedElsewhere(path: string): Item<Found> {
  return settle({ path }, 'skipped', { code: 'CLAIMED_ELSEWHERE', reason: ELSEWHERE });
}
