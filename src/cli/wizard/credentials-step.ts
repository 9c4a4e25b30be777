import { checked } from '../../core/require-options.ts';
import { Store } from '../../s3/store.ts';
import { StoreError } from '../../s3/store-error.ts';
import { profileNames } from '../config/aws-profiles.ts';
import { formatOrigin } from '../config/index.ts';
import { table, wrap } from '../output/layout.ts';
import { credentialsCheck } from '../status/bucket-checks.ts';
import type { Choice } from './prompts.ts';
import type { Finding, Step } from './step.ts';
import type { StepName, Wizard } from './wizard.ts';

const KEY = 'aws.profile';
/** Choices that are no profile. No profile has such a name. */
const DEFAULT = '\n default';
const AGAIN = '\n again';

const HOW_TO_GIVE =
  'Put an access key and its secret into one of these, and look again. The wizard writes no secret.';
const PLACES = [
  ['~/.aws/credentials', 'which `aws configure` writes'],
  ['.env in this folder', 'AWS_ACCESS_KEY_ID=... and AWS_SECRET_ACCESS_KEY=...'],
] as const;

/** Looks for credentials where a run would, and asks only if there are several or none. */
export const credentialsStep: Step = {
  name: 'credentials',
  flags: '--profile',
  isAnswered: () => true,

  async answer(wizard) {
    if (wizard.flag(KEY) !== undefined) return wizard.takeFlag('credentials', KEY);
    wizard.draft.assume(KEY, undefined);
    const isRepeated = wizard.repeated.has('credentials');
    if (keysOrigin(wizard) !== undefined && !isRepeated) return;
    const found = await wizard.during('Looking for credentials', () => choicesOf(wizard));
    const [first] = found;
    if (!isRepeated && (found.length < 2 || !wizard.prompts)) return void takeChoice(wizard, first?.value);
    if (found.length === 0) {
      const { columns } = wizard.screen;
      wizard.screen.tell(`${wrap(HOW_TO_GIVE, columns)}\n${table(PLACES, columns)}`);
    }
    const again = { value: AGAIN, label: 'look again', hint: 'after you have changed them' };
    const choices = isRepeated ? [...found, again] : found;
    const message = 'Which credentials?';
    await wizard.choose(this.flags, { message, choices }, (choice) => takeChoice(wizard, choice));
  },

  async attempt(wizard): Promise<Finding> {
    const found = await wizard.during('Looking for credentials', () =>
      credentialsCheck(wizard.options, wizard.draft.load()),
    );
    return { checks: [found], repeat: found.passed ? undefined : afterSignIn(wizard) };
  },
};

/**
 * The step to repeat if credentials do not work. The variables of this process cannot be changed from outside: then they may
 * be right for another store.
 */
export function afterSignIn({ draft }: Wizard): StepName {
  const isVariable = draft.load().origin('aws.access_key_id').kind === 'environment';
  return isVariable ? 'store' : 'credentials';
}

/** Where a key and its secret were given; undefined if they are looked up as AWS tools do. */
function keysOrigin({ draft }: Wizard): string | undefined {
  const { settings, origin } = draft.load();
  return settings.aws.access_key_id === undefined ? undefined : formatOrigin(origin('aws.access_key_id'));
}

/** The credentials that a run could use: those that AWS tools find by themselves, and each profile. */
async function choicesOf(wizard: Wizard): Promise<Choice[]> {
  const { options, context } = wizard;
  const keys = keysOrigin(wizard);
  if (keys !== undefined) return [{ value: DEFAULT, label: `the key of ${keys}` }];
  const store = new Store({ ...checked(options), bucket: 'unknown' });
  const sources = await store.credentialSources().catch((error) => {
    if (!(error instanceof StoreError)) throw error;
    return undefined;
  });
  store.close();
  const own = sources && { value: DEFAULT, label: `those that AWS tools use here (${sources.join(', ')})` };
  const usual = options.profile ?? 'default';
  const profiles = profileNames(context.env).filter((name) => !(own && name === usual));
  return [...(own ? [own] : []), ...profiles.map((name) => ({ value: name, label: `profile ${name}` }))];
}

/** @returns the reason why the choice cannot be used; undefined if it is taken */
function takeChoice(wizard: Wizard, choice: string | undefined): string | undefined {
  if (choice !== undefined && choice !== DEFAULT && choice !== AGAIN) return wizard.draft.take(KEY, choice);
  // A profile that the environment names is written, so that a run from cron has it, too. Keys win over it.
  if (keysOrigin(wizard) === undefined) wizard.draft.assume(KEY, wizard.initial(KEY));
  return undefined;
}
