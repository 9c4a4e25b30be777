import type { Check } from '../status/check.ts';
import { afterSignIn } from './credentials-step.ts';
import type { StepName, Wizard } from './wizard.ts';

/**
 * Finds the step whose answer made a check of the bucket fail.
 *
 * @param current The step that was tried. It is repeated if no earlier answer is to blame.
 */
export function repeatAfter({ name, code, detail }: Check, wizard: Wizard, current: StepName): StepName {
  if (code === 'BUCKET_ELSEWHERE') {
    // AWS names the right region, and so do others.
    wizard.wantedRegion = /expecting '([\w-]+)'/.exec(detail)?.[1];
    return 'region';
  }
  if (name === 'credentials' || name === 'sign-in') return afterSignIn(wizard);
  // The endpoint of AWS is made of the region.
  if (name === 'endpoint') return wizard.store?.id === 'aws' ? 'region' : 'endpoint';
  return current;
}
