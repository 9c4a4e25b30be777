import { BackupError } from '../../core/errors.ts';
import type { Step } from './step.ts';
import { kindAt, STORE_KINDS, type StoreKind, storeKind } from './store-kinds.ts';
import type { Wizard } from './wizard.ts';

const ENDPOINT = 'aws.endpoint_url';

/** Asks for the kind of store, which decides what else is asked. */
export const storeStep: Step = {
  name: 'store',
  flags: '--store or --endpoint-url',

  isAnswered: (wizard) =>
    wizard.input.store !== undefined || wizard.flag(ENDPOINT) !== undefined || wizard.input.yes,

  async answer(wizard) {
    const given = kindGiven(wizard);
    const known = wizard.initial(ENDPOINT);
    const likely = given ?? (typeof known === 'string' ? kindAt(known) : STORE_KINDS[0]);
    if (given) wizard.fixed.add('store');
    wizard.store = given || wizard.input.yes ? likely : await choose(wizard, likely);
  },
};

/**
 * The kind of store that flags name; undefined if none does.
 *
 * @throws BackupError `BAD_OPTION`
 */
function kindGiven({ input }: Wizard): StoreKind | undefined {
  const endpoint = input.settings[ENDPOINT]?.value;
  if (input.store === undefined) return endpoint === undefined ? undefined : kindAt(String(endpoint));
  const kind = storeKind(input.store);
  if (kind) return kind;
  const ids = STORE_KINDS.map(({ id }) => id).join(', ');
  throw new BackupError('BAD_OPTION', `--store is ${JSON.stringify(input.store)}; allowed are ${ids}.`);
}

async function choose(wizard: Wizard, likely: StoreKind | undefined): Promise<StoreKind | undefined> {
  const choices = STORE_KINDS.map(({ id, name, endpointForm }) => ({
    value: id,
    label: name,
    hint: endpointForm,
  }));
  const message = 'Which store holds the bucket?';
  const initial = (wizard.store ?? likely)?.id;
  return storeKind(await wizard.asking(storeStep.flags).choose({ message, choices, initial }));
}
