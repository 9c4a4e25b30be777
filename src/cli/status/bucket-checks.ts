import type { BackupOptions } from '../../backup/options.ts';
import { DEFAULTS } from '../../core/defaults.ts';
import { BackupError, type FatalCode } from '../../core/errors.ts';
import { normalPrefix } from '../../core/key.ts';
import { checked } from '../../core/require-options.ts';
import { OWN_FOLDER } from '../../core/reserved-names.ts';
import type { RunControl } from '../../flow/run-control.ts';
import { originOf } from '../../http/origin.ts';
import { nameOfProxy, Proxies, type ProxyVariables } from '../../http/proxy.ts';
import { requireAccess } from '../../s3/access.ts';
import { isDue, leftProbes, newProbeKey, removeProbe } from '../../s3/left-probes.ts';
import type { Probe } from '../../s3/probe.ts';
import { Store } from '../../s3/store.ts';
import { StoreError } from '../../s3/store-error.ts';
import { formatOrigin, type LoadedConfig } from '../config/index.ts';
import { hintOf } from '../output/own-words.ts';
import { missingBucket, requireProfile } from '../session/options-from-settings.ts';
import { attempt, detailOf, missingCheck, notTried } from './attempt.ts';
import type { Check } from './check.ts';
import { storeCheck } from './store-check.ts';
import { checkUnfinished } from './unfinished-check.ts';

export interface CheckInput {
  readonly options: BackupOptions;
  readonly config: LoadedConfig;
  /** Whether to write a test object and remove it. */
  readonly writeProbe: boolean;
  /** The flag that leaves the test object out, for the advice if it cannot be written. */
  readonly probeFlag: `--no-${string}`;
  /** Stops the checks; the probe object is still removed. */
  readonly control: RunControl;
  /** Makes signals stop `control` while `work` runs, instead of ending the program: `work` must not be left half done. */
  readonly guarded: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Age in seconds from which a probe object counts as a leftover of a killed `status`. */
const OLD_PROBE_SECONDS = 7 * 24 * 3600;

/** Checks what a run needs of the store, in the order in which a run would need it. */
export async function bucketChecks(input: CheckInput): Promise<Check[]> {
  const { options, config, writeProbe, control } = input;
  const noBucket = missingCheck('bucket', missingBucket(config));
  if (noBucket)
    return [
      ...['credentials', 'endpoint', 'sign-in'].map(notTried),
      noBucket,
      ...['list', 'write'].map(notTried),
    ];
  const store = new Store({
    ...checked(options),
    maxAttempts: 2,
    maxOutageSeconds: 0,
    signal: control.aborting,
  });
  try {
    const credentials = await checkCredentials(store, config);
    if (!credentials.passed)
      return [credentials, ...stepChecks(undefined, store, options), notTried('write')];
    const problem = await requireAccess(store, normalPrefix(options.prefix ?? DEFAULTS.prefix)).then(
      () => undefined,
      (error) => error,
    );
    const steps = stepChecks(problem ?? 'none', store, options);
    const write = problem ? [notTried('write')] : writeProbe ? await writeChecks(store, input) : [];
    const unfinished = problem || control.stopping.aborted ? [] : [await checkUnfinished(store, options)];
    return [credentials, ...steps, ...(writeProbe ? write : []), ...unfinished];
  } finally {
    store.close();
  }
}

/** Codes of a request that the store refuses because of who sends it. */
export const SIGN_IN_CODES: readonly FatalCode[] = [
  'NO_CREDENTIALS',
  'BAD_ACCESS_KEY',
  'BAD_SECRET_KEY',
  'EXPIRED_TOKEN',
  'CLOCK_SKEW',
];

/**
 * The steps of a request, in order, each with the codes of its failures. The steps before the failed one passed; those after it
 * are unknown.
 */
const STEPS: readonly { readonly name: string; readonly failsWith: readonly FatalCode[] }[] = [
  {
    name: 'endpoint',
    failsWith: [
      'ENDPOINT_UNREACHABLE',
      'ENDPOINT_TLS',
      'ENDPOINT_NOT_S3',
      'ENDPOINT_ERROR',
      'PROXY_REFUSED',
      'BAD_OPTION',
    ],
  },
  {
    name: 'sign-in',
    failsWith: SIGN_IN_CODES,
  },
  { name: 'bucket', failsWith: ['BUCKET_NOT_FOUND', 'BUCKET_ELSEWHERE'] },
  { name: 'list', failsWith: ['BUCKET_FORBIDDEN'] },
];

function stepChecks(
  problem: BackupError | 'none' | undefined,
  { bucket, endpointName }: Store,
  { proxies }: BackupOptions,
): Check[] {
  const route = routeText(endpointName, proxies);
  const found = [
    `${endpointName} answers as an S3 endpoint${route}`,
    'the access key and its secret are accepted',
    `${bucket} exists`,
    `${bucket} may be listed`,
  ];
  const stop =
    problem instanceof BackupError
      ? STEPS.findIndex(({ failsWith }) => failsWith.includes(problem.code))
      : -1;
  return STEPS.map(({ name }, step) => {
    if (problem === undefined) return notTried(name);
    if (problem === 'none' || (stop >= 0 && step < stop))
      return { name, passed: true, detail: found[step] ?? '' };
    if (step === Math.max(stop, 0))
      return {
        name,
        passed: false,
        detail: `${detailOf(problem)}${step === 0 ? route : ''}`,
        hint: hintOf(problem),
        code: problem.code,
      };
    return notTried(name);
  });
}

function routeText(endpointName: string, variables: ProxyVariables = {}): string {
  const url = URL.canParse(endpointName) ? endpointName : 'https://s3.amazonaws.com';
  const proxy = new Proxies(variables).for(originOf(new URL(url)));
  return proxy ? `, through the proxy ${nameOfProxy(proxy)}` : '';
}

/** Checks whether there are credentials, and says from where. Sends nothing to the store, so no bucket is needed. */
export async function credentialsCheck(options: BackupOptions, config: LoadedConfig): Promise<Check> {
  const store = new Store({ ...checked(options), bucket: options.bucket || 'none' });
  try {
    return await checkCredentials(store, config);
  } finally {
    store.close();
  }
}

function checkCredentials(store: Store, config: LoadedConfig): Promise<Check> {
  return attempt('credentials', async () => {
    requireProfile(config);
    return credentialOrigin(store, config);
  });
}

async function credentialOrigin(store: Store, config: LoadedConfig): Promise<string> {
  const sources = await store.credentialSources();
  if (config.settings.aws.access_key_id)
    return `found in ${formatOrigin(config.origin('aws.access_key_id'))}`;
  const { profile } = config.settings.aws;
  if (profile) return `found in the profile ${profile}`;
  return `found by the SDK${sources.length > 0 ? ` (${sources.join(', ')})` : ''}`;
}

async function writeChecks(
  store: Store,
  { options, control: { stopping }, guarded, probeFlag }: CheckInput,
): Promise<Check[]> {
  const prefix = normalPrefix(options.prefix ?? DEFAULTS.prefix);
  const key = newProbeKey(prefix);
  let probe: Probe | undefined;
  const write = await attempt(
    'write',
    async () => {
      probe = await guarded(() => store.probeWrite(key, stopping));
      return probe
        ? `a test object below ${prefix}${OWN_FOLDER} was written and removed`
        : 'nothing was written: the bucket locks every new object (Object Lock), and refused the test for that reason only';
    },
    `Allow s3:PutObject, s3:GetObject and s3:DeleteObject, or use ${probeFlag}: this check writes, overwrites and removes an object.`,
  );
  if (stopping.aborted) return [{ ...write, hint: undefined }];
  if (probe) await removeOldProbes(store, prefix);
  return probe ? [write, storeCheck(probe, store.profile.name, options)] : [write];
}

/** Ignores failures: a leftover does not hinder a run. */
async function removeOldProbes(store: Store, prefix: string): Promise<void> {
  try {
    for await (const probe of leftProbes(store, prefix))
      if (isDue(probe, store, OLD_PROBE_SECONDS)) await removeProbe(probe, store);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}
