import { requireEndpoint } from '../../s3/require-endpoint.ts';
import { attempt } from '../status/attempt.ts';
import type { Check } from '../status/check.ts';
import type { Finding, Step } from './step.ts';
import { type StoreKind, storeKind } from './store-kinds.ts';
import type { Wizard } from './wizard.ts';

const KEY = 'aws.endpoint_url';

/** Asks for the endpoint of a store that is not AWS, and whether it answers as S3 does. */
export const endpointStep: Step = {
  name: 'endpoint',
  flags: '--endpoint-url',

  isAnswered(wizard) {
    const { store, yes } = wizard.input;
    const usual = knownEndpoint(storeKind(store ?? '')) ?? wizard.initial(KEY);
    const isKnown = wizard.flag(KEY) !== undefined || (yes && usual !== undefined);
    return store === undefined || store === 'aws' || isKnown;
  },

  async answer(wizard) {
    if (wizard.flag(KEY) !== undefined) return wizard.takeFlag('endpoint', KEY);
    const { store } = wizard;
    if (store?.endpointForm === undefined) return wizard.draft.assume(KEY, undefined);
    const known = knownEndpoint(store) ?? wizard.initial(KEY);
    if (wizard.input.yes && known !== undefined) return wizard.take(KEY, known);
    const answer = await wizard.asking(this.flags).text({
      message: 'Address of its endpoint?',
      example: store.endpointForm,
      initial: known === undefined ? undefined : String(known),
      problem: (text) => wizard.draft.take(KEY, withScheme(text)),
    });
    wizard.take(KEY, withScheme(answer));
  },

  async attempt(wizard): Promise<Finding> {
    const endpointUrl = wizard.draft.get(KEY);
    // Without an endpoint here, another source must not name one.
    const overruled = wizard.draft.take(KEY, endpointUrl);
    if (overruled !== undefined)
      return { checks: [{ name: 'endpoint', passed: false, detail: overruled }], repeat: 'store' };
    if (typeof endpointUrl !== 'string') return { checks: [] };
    const check = await wizard.during(`Trying ${endpointUrl}`, () => endpointCheck(wizard, endpointUrl));
    return { checks: [check], repeat: check.passed ? undefined : 'endpoint' };
  },
};

function endpointCheck({ options }: Wizard, endpointUrl: string): Promise<Check> {
  const { caBundle, proxies, forcePathStyle } = options;
  const how = { caBundle, proxies, forcePathStyle, maxAttempts: 2, maxOutageSeconds: 0 };
  return attempt('endpoint', async () => {
    await requireEndpoint({ ...how, endpointUrl });
    return `${endpointUrl} answers as an S3 endpoint`;
  });
}

/** The endpoint of a store that has the same for all; undefined for any other. */
function knownEndpoint(store: StoreKind | undefined): string | undefined {
  const form = store?.endpointForm;
  return form === undefined || /[A-Z]/.test(form) ? undefined : form;
}

/** Adds `https://` to an address without a scheme, as the consoles of several stores show it. */
function withScheme(address: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `https://${address}`;
}
