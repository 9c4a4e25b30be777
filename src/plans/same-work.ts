import type { ResolvedOptions } from '../backup/resolve-options.ts';
import { BackupError } from '../core/errors.ts';
import { namesOf } from '../source/sources.ts';
import type { Plan } from './plan.ts';
import { settingsHash } from './settings-hash.ts';

/**
 * Makes sure that a plan is one of the backup that the options describe.
 *
 * @throws BackupError `PLAN_MISMATCH`
 */
export function requireSameWork(plan: Plan, options: ResolvedOptions): void {
  const { bucket, prefix } = options;
  requireSame(plan, { source: namesOf(options.roots), bucket, prefix });
  if (plan.settings !== settingsHash(options))
    throw mismatch(plan, 'settings that decide what becomes of which file have changed since it was made');
}

/** Fields of a plan that a command compares with its own. */
type Places = Pick<Plan, 'bucket' | 'prefix'> & Partial<Pick<Plan, 'source'>>;

/**
 * Makes sure that a plan has the same bucket and prefix, and the same folders if they are given.
 *
 * @throws BackupError `PLAN_MISMATCH`
 */
export function requireSame(plan: Plan, here: Places): void {
  for (const [name, value] of Object.entries(here) as [keyof Places, string][])
    if (plan[name] !== value)
      throw mismatch(
        plan,
        `its ${name} is ${JSON.stringify(plan[name])}, and here it is ${JSON.stringify(value)}`,
      );
}

function mismatch({ id }: Plan, difference: string): BackupError {
  return new BackupError('PLAN_MISMATCH', `Plan ${id} is for another backup: ${difference}.`, {
    hint: 'Give the run the configuration and the flags of the plan, or make a new plan.',
  });
}
