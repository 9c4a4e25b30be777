import type { CliContext } from '../context.ts';
import { bucketChecks, type CheckInput } from './bucket-checks.ts';
import type { Check } from './check.ts';
import { outputChecks } from './output-checks.ts';
import { programChecks } from './program-checks.ts';
import { sourceChecks } from './source-checks.ts';

/** Checks what a run needs: first on this machine, then of the store, in the order in which a run would need it. */
export async function liveChecks(
  input: CheckInput,
  context: Pick<CliContext, 'cwd' | 'env'>,
): Promise<Check[]> {
  const { options, config } = input;
  return [
    ...(await sourceChecks(options, config)),
    ...(await outputChecks(config.settings)),
    ...programChecks(config.settings, context),
    ...(await bucketChecks(input)),
  ];
}
