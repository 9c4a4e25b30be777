import { repeatAfter } from './repeat-after.ts';
import type { Finding, Step } from './step.ts';

const KEY = 's3.prefix';

/** Asks for the prefix, and whether objects can be written below it. */
export const prefixStep: Step = {
  name: 'prefix',
  flags: '--prefix',
  isAnswered: (wizard) => wizard.flag(KEY) !== undefined || wizard.input.yes,

  async answer(wizard) {
    if (wizard.flag(KEY) !== undefined) return wizard.takeFlag('prefix', KEY);
    const initial = wizard.initial(KEY) ?? '';
    if (wizard.input.yes) return wizard.take(KEY, initial);
    await wizard.asking(this.flags).text({
      message: 'Prefix of all keys? (may be empty)',
      example: 'office/',
      initial: String(initial),
      problem: (prefix) => wizard.draft.take(KEY, prefix),
    });
  },

  async attempt(wizard): Promise<Finding> {
    const checks = await wizard.bucketChecks(true);
    // If nothing proves an object, no other answer helps: the check says which setting does.
    const failed = checks.find(({ name, passed }) => passed === false && name !== 'store');
    const current = failed?.name === 'list' && !wizard.isListed ? 'bucket' : 'prefix';
    const shown = checks.filter(({ passed }) => passed !== undefined);
    return { checks: shown, repeat: failed && repeatAfter(failed, wizard, current) };
  },
};
