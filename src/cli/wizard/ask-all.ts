import { BackupError } from '../../core/errors.ts';
import { bucketStep } from './bucket-step.ts';
import { credentialsStep } from './credentials-step.ts';
import { deletionStep } from './deletion-step.ts';
import { endpointStep } from './endpoint-step.ts';
import { prefixStep } from './prefix-step.ts';
import { regionStep } from './region-step.ts';
import { sourceStep } from './source-step.ts';
import type { Step } from './step.ts';
import { storeStep } from './store-step.ts';
import type { StepName, Wizard } from './wizard.ts';

/** The steps in order. Each needs only the answers of those before it. */
const STEPS: readonly Step[] = [
  sourceStep,
  storeStep,
  endpointStep,
  credentialsStep,
  regionStep,
  bucketStep,
  prefixStep,
  deletionStep,
];

/**
 * Goes through all steps. If an answer does not work, the step that it came from is repeated, and those after it follow again.
 *
 * @returns false if the answer that does not work cannot be asked again: it is a flag's, or nothing may be asked
 * @throws BackupError `BAD_OPTION` if a question has no answer and may not be asked
 */
export async function askAll(wizard: Wizard): Promise<boolean> {
  if (!wizard.prompts) requireAnswers(wizard);
  for (let at = 0; at < STEPS.length; ) {
    const step = STEPS[at] as Step;
    await step.answer(wizard);
    const { checks = [], repeat } = wizard.input.check ? ((await step.attempt?.(wizard)) ?? {}) : {};
    wizard.show(checks);
    if (repeat !== undefined && !mayRepeat(repeat, wizard)) return false;
    at = repeat === undefined ? at + 1 : indexOf(repeat);
  }
  return true;
}

function mayRepeat(name: StepName, wizard: Wizard): boolean {
  wizard.repeated.add(name);
  return wizard.prompts !== undefined && !wizard.fixed.has(name);
}

function indexOf(name: StepName): number {
  return STEPS.findIndex((step) => step.name === name);
}

/** Names all missing answers at once, where nothing may be asked. @throws BackupError `BAD_OPTION` */
function requireAnswers(wizard: Wizard): void {
  const missing = STEPS.filter((step) => !step.isAnswered(wizard)).map(({ flags }) => flags);
  if (missing.length === 0) return;
  const { whySilent, input } = wizard;
  const message = `Some answers are missing, and ${whySilent}: give ${missing.join('; ')}.`;
  const hint = '--yes takes the default of every question that has one.';
  throw new BackupError('BAD_OPTION', message, input.yes ? {} : { hint });
}
