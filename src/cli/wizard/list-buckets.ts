import { attempt } from '../status/attempt.ts';
import { SIGN_IN_CODES } from '../status/bucket-checks.ts';
import type { Check } from '../status/check.ts';
import type { Wizard } from './wizard.ts';

/** How long the list of buckets is waited for, in milliseconds. */
const LONGEST_MS = 15_000;

/**
 * Remembers the buckets that the credentials may list.
 *
 * @returns the check that the store accepts the credentials; undefined if that is still unknown, since they may not list buckets
 */
export async function listBuckets(wizard: Wizard): Promise<Check | undefined> {
  // Loaded only if it is needed: the SDK is slow to load.
  const { bucketNames } = await import('../../s3/sdk/bucket-names.ts');
  const { region = 'us-east-1', ...options } = wizard.options;
  wizard.buckets = [];
  const check = await wizard.during('Looking for buckets', () =>
    attempt('sign-in', async () => {
      const found = await bucketNames(
        { ...options, region, maxAttempts: 2 },
        AbortSignal.timeout(LONGEST_MS),
      );
      wizard.buckets = found;
      return 'the access key and its secret are accepted';
    }),
  );
  if (check.code === 'BUCKET_ELSEWHERE') return { ...check, name: 'region' };
  return check.passed || SIGN_IN_CODES.some((code) => code === check.code) ? check : undefined;
}
