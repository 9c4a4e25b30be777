import type { Check } from '../status/check.ts';
import type { StepName, Wizard } from './wizard.ts';

/** What was found out when an answer was tried. */
export interface Finding {
  /** Shown to the user. */
  readonly checks: readonly Check[];
  /** The step whose answer has to be another one; undefined if the next step can follow. */
  readonly repeat?: StepName | undefined;
}

/** One question of the wizard, or one that answers itself. */
export interface Step {
  readonly name: StepName;
  /** The flags that answer the question, for the error if it cannot be asked. */
  readonly flags: string;
  /** Whether the question has an answer without being asked: a flag's, or with `--yes` a default. */
  isAnswered(wizard: Wizard): boolean;
  /** Finds the answer, and takes it into the draft. */
  answer(wizard: Wizard): Promise<void>;
  /** Tries the answer at once. Default: there is nothing to try. */
  attempt?(wizard: Wizard): Promise<Finding>;
}
