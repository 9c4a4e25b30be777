import { isClaimName } from '../core/reserved-names.ts';
import { isSameShard, type ShardId } from '../core/shard.ts';
import { type MakerState, stateOfMaker } from './claim-maker.ts';
import { type ClaimName, parseClaimName } from './claim-name.ts';
import { processState } from './process-state.ts';

/**
 * What a run does with a claim that it meets: it leaves it as if it were not there, or gives the file its name back, at once or
 * once the claim is old.
 */
export type ClaimRule = 'leave' | 'put back' | 'put back when old';

/**
 * Decides what a run does with a claim. The first line that fits counts; P and Q are plans.
 *
 * | claim of | met by | its maker | the run | reason |
 * | --- | --- | --- | --- | --- |
 * | any run | any run | at work on this machine | leaves it | its file is about to be deleted or put back |
 * | shard 3 of P | shard 4 of P | | leaves it | the file is not in this range; the next attempt at its own shard puts it back |
 * | any run | any run | ended, on this machine | puts it back | a crash has left it |
 * | shard 3 of P | shard 3 of P | elsewhere | puts it back | a shard has one lease, which this run has: an earlier attempt deletes nothing any more |
 * | any run | any run | elsewhere, or not known | puts it back when old | its maker may be at work |
 *
 * The maker is not known if the name does not tell it, or if the system does not tell a process from a later one of the same
 * number. Even the same shard then waits, since the maker can be another process of this run.
 *
 * @param name Name of an entry of a folder. One that is not reserved for claims is left.
 * @param shard The shard whose work the run does; undefined for a run on no shard.
 */
export function claimRule(name: string, shard: ShardId | undefined): ClaimRule {
  if (!isClaimName(name)) return 'leave';
  const claim = parseClaimName(name);
  if (claim === undefined) return 'put back when old';
  const maker = stateOf(name, claim);
  const isOfPlan = claim.shard !== undefined && claim.shard.plan === shard?.plan;
  const isOfShard = isSameShard(claim.shard, shard);
  if (maker === 'living' || (isOfPlan && !isOfShard)) return 'leave';
  return maker === 'dead' || (isOfShard && maker === 'elsewhere') ? 'put back' : 'put back when old';
}

/** Whether a claim belongs to a program of this machine that is at work: its file is about to be deleted or put back. */
export function isLiveClaim(name: string): boolean {
  const claim = parseClaimName(name);
  return claim !== undefined && stateOf(name, claim) === 'living';
}

/** Whether a path leads to a claim of this shard, or to a file in it. */
export function isClaimOf(shard: ShardId | undefined, path: string): boolean {
  return (
    shard !== undefined && path.split('/').some((name) => isSameShard(parseClaimName(name)?.shard, shard))
  );
}

/** State of the process as it concerns one claim: this program is dead to a claim on which none of its runs works any more. */
function stateOf(name: string, { maker }: ClaimName): Exclude<MakerState, 'this program'> {
  const state = stateOfMaker(maker);
  if (state !== 'this program') return state;
  return processState.liveClaims.has(name) ? 'living' : 'dead';
}
