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
  const here = { source: namesOf(options.roots), bucket, prefix };
  for (const name of ['source', 'bucket', 'prefix'] as const)
    if (plan[name] !== here[name])
      throw mismatch(
        plan,
        `its ${name} is ${JSON.stringify(plan[name])}, and here it is ${JSON.stringify(here[name])}`,
      );
  if (plan.settings !== settingsHash(options))
    throw mismatch(plan, 'settings that decide what becomes of which file have changed since it was made');
}

function mismatch({ id }: Plan, difference: string): BackupError {
  return new BackupError('PLAN_MISMATCH', `Plan ${id} is for another backup: ${difference}.`, {
    hint: 'Give the run the configuration and the flags of the plan, or make a new plan.',
  });
}
