import { regionAt } from '../../s3/store-profiles.ts';
import { listBuckets } from './list-buckets.ts';
import { repeatAfter } from './repeat-after.ts';
import type { Finding, Step } from './step.ts';
import type { Wizard } from './wizard.ts';

const KEY = 'aws.region';

/**
 * Asks for the region of a bucket at AWS. Elsewhere the endpoint tells, unless the store turns out to want another. Then the
 * buckets can be listed, which shows whether the credentials are accepted.
 */
export const regionStep: Step = {
  name: 'region',
  flags: '--region',
  isAnswered: () => true,

  async answer(wizard) {
    if (wizard.flag(KEY) !== undefined) return wizard.takeFlag('region', KEY);
    const isAsked = wizard.store?.id === 'aws' || wizard.repeated.has('region');
    if (!isAsked) return wizard.draft.assume(KEY, regionOfEndpoint(wizard) ?? wizard.initial(KEY));
    const known = wizard.wantedRegion ?? wizard.initial(KEY) ?? (await configured(wizard));
    if (wizard.input.yes && known !== undefined) return wizard.take(KEY, known);
    await wizard.asking(this.flags).text({
      message: 'Which region is the bucket in?',
      example: 'eu-central-1',
      initial: known === undefined ? undefined : String(known),
      problem: (region) => wizard.draft.take(KEY, region),
    });
  },

  async attempt(wizard): Promise<Finding> {
    const check = wizard.flag('s3.bucket_name') === undefined ? await listBuckets(wizard) : undefined;
    if (check === undefined) return { checks: [] };
    return { checks: [check], repeat: check.passed ? undefined : repeatAfter(check, wizard, 'region') };
  },
};

function regionOfEndpoint({ draft }: Wizard): string | undefined {
  return regionAt(String(draft.get('aws.endpoint_url') ?? ''));
}

/** The region of the profile. */
async function configured({ options }: Wizard): Promise<string | undefined> {
  // Loaded only if it is needed: the SDK is slow to load.
  const { configuredRegion } = await import('../../s3/sdk/client.ts');
  return configuredRegion(options.profile);
}
