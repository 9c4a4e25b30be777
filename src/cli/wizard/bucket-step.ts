import type { Check } from '../status/check.ts';
import { repeatAfter } from './repeat-after.ts';
import type { Finding, Step } from './step.ts';
import type { Wizard } from './wizard.ts';

const KEY = 's3.bucket_name';
/** Most buckets that are offered. A longer list is harder to use than the keyboard. */
const MOST_CHOICES = 50;
/** The choice of a bucket that is not listed. No bucket has such a name. */
const OTHER = '\n other';

/** Asks for the bucket, and whether it exists and may be listed. */
export const bucketStep: Step = {
  name: 'bucket',
  flags: '--bucket',

  isAnswered: (wizard) =>
    wizard.flag(KEY) !== undefined || (wizard.input.yes && wizard.initial(KEY) !== undefined),

  async answer(wizard) {
    if (wizard.flag(KEY) !== undefined) return wizard.takeFlag('bucket', KEY);
    const initial = wizard.initial(KEY);
    if (wizard.input.yes && initial !== undefined) return wizard.take(KEY, initial);
    if (await chooseListed(wizard, initial)) return;
    await wizard.asking(this.flags).text({
      message: 'What is the name of the bucket?',
      example: 'my-backups',
      initial: initial === undefined ? undefined : String(initial),
      problem: (name) => wizard.draft.take(KEY, name),
    });
  },

  async attempt(wizard): Promise<Finding> {
    const checks = (await wizard.bucketChecks(false)).filter(({ name }) => name !== 'unfinished uploads');
    const failed = checks.find(({ passed }) => passed === false);
    wizard.isListed = failed === undefined;
    // A policy may allow listing below a prefix only, which is asked next.
    if (failed?.name === 'list' && wizard.draft.get('s3.prefix') === undefined)
      return { checks: checks.map((check) => (check === failed ? belowPrefix(check) : check)) };
    return { checks: tried(checks), repeat: failed && repeatAfter(failed, wizard, 'bucket') };
  },
};

/** Offers the buckets that may be listed. @returns whether the user has chosen one of them */
async function chooseListed(wizard: Wizard, initial: unknown): Promise<boolean> {
  const { buckets, draft } = wizard;
  if (buckets.length === 0 || buckets.length > MOST_CHOICES) return false;
  const listed = buckets.map((name) => ({ value: name, label: name }));
  const choices = [...listed, { value: OTHER, label: 'another one' }];
  const likely = buckets.find((name) => name === initial);
  let isListed = true;
  await wizard.choose(bucketStep.flags, { message: 'Which bucket?', choices, initial: likely }, (chosen) => {
    isListed = chosen !== OTHER;
    return isListed ? draft.take(KEY, chosen) : undefined;
  });
  return isListed;
}

function belowPrefix({ name, detail }: Check): Check {
  return { name, passed: true, mark: '-', detail: `${detail}; tried again below the prefix` };
}

function tried(checks: readonly Check[]): readonly Check[] {
  return checks.filter(({ passed }) => passed !== undefined);
}
