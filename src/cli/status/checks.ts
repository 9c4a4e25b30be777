import { bucketChecks, type CheckInput } from './bucket-checks.ts';
import type { Check } from './check.ts';
import { sourceChecks } from './source-checks.ts';

/** Checks what a run needs, in the order in which a run would need it. */
export async function liveChecks(input: CheckInput): Promise<Check[]> {
  return [...(await sourceChecks(input.options, input.config)), ...(await bucketChecks(input))];
}
