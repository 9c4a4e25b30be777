/** More than 220 lines: the checks of `status` stand in the order in which a run would need what they check. */
import type { BackupOptions } from '../../backup/options.ts';
import { resolveOptions } from '../../backup/resolve-options.ts';
import { DEFAULTS } from '../../core/defaults.ts';
import { BackupError, type FatalCode, messageOf } from '../../core/errors.ts';
import { normalPrefix } from '../../core/key.ts';
import { checked } from '../../core/require-options.ts';
import type { RunControl } from '../../flow/run-control.ts';
import { originOf } from '../../http/origin.ts';
import { nameOfProxy, Proxies, type ProxyVariables } from '../../http/proxy.ts';
import { requireLockPlace } from '../../lock/take-locks.ts';
import { requireAccess } from '../../s3/access.ts';
import { isDue, leftProbes, newProbeKey, removeProbe } from '../../s3/left-probes.ts';
import type { Probe } from '../../s3/probe.ts';
import { Store } from '../../s3/store.ts';
import { fatalFrom, StoreError } from '../../s3/store-error.ts';
import { namesOf } from '../../source/sources.ts';
import { formatOrigin, type LoadedConfig } from '../config/index.ts';
import { hintOf } from '../output/own-words.ts';
import {
  type Missing,
  missingBucket,
  missingSource,
  requireProfile,
} from '../session/options-from-settings.ts';
import type { Check } from './check.ts';
import { storeCheck } from './store-check.ts';
import { checkUnfinished } from './unfinished-check.ts';
import { checkWriters } from './writers-check.ts';

export interface CheckInput {
  readonly options: BackupOptions;
  readonly config: LoadedConfig;
  /** Whether to write a test object and remove it. */
  readonly writeProbe: boolean;
  /** Stops the checks; the probe object is still removed. */
  readonly control: RunControl;
  /** Makes signals stop `control` while `work` runs, instead of ending the program: `work` must not be left half done. */
  readonly guarded: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Age in seconds from which a probe object counts as a leftover of a killed `status`. */
const OLD_PROBE_SECONDS = 7 * 24 * 3600;

/** Checks what a run needs, in the order in which a run would need it. */
export async function liveChecks(input: CheckInput): Promise<Check[]> {
  const { options, config, writeProbe, control } = input;
  const source = [
    missingCheck('source', missingSource(config)) ??
      (await attempt(
        'source',
        async () => `${namesOf(resolveOptions(withAnyBucket(options)).roots)} exists and is readable`,
      )),
    await attempt('lock', async () => `can be created in ${(await requireLockPlace()).join(', ')}`),
    ...(options.deleteAfterUpload && !options.deleteOpenFiles ? [checkWriters()] : []),
  ];
  const noBucket = missingCheck('bucket', missingBucket(config));
  if (noBucket)
    return [
      ...source,
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
    const credentials = await attempt('credentials', async () => {
      requireProfile(config);
      return credentialOrigin(store, config);
    });
    if (!credentials.passed)
      return [...source, credentials, ...bucketChecks(undefined, store, options), notTried('write')];
    const problem = await requireAccess(store, normalPrefix(options.prefix ?? DEFAULTS.prefix)).then(
      () => undefined,
      (error) => error,
    );
    const bucket = bucketChecks(problem ?? 'none', store, options);
    const write = problem ? [notTried('write')] : writeProbe ? await writeChecks(store, input) : [];
    const unfinished = problem || control.stopping.aborted ? [] : [await checkUnfinished(store, options)];
    return [...source, credentials, ...bucket, ...(writeProbe ? write : []), ...unfinished];
  } finally {
    store.close();
  }
}

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
    failsWith: ['NO_CREDENTIALS', 'BAD_ACCESS_KEY', 'BAD_SECRET_KEY', 'EXPIRED_TOKEN', 'CLOCK_SKEW'],
  },
  { name: 'bucket', failsWith: ['BUCKET_NOT_FOUND', 'BUCKET_ELSEWHERE'] },
  { name: 'list', failsWith: ['BUCKET_FORBIDDEN'] },
];

function bucketChecks(
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
      };
    return notTried(name);
  });
}

function routeText(endpointName: string, variables: ProxyVariables = {}): string {
  const url = URL.canParse(endpointName) ? endpointName : 'https://s3.amazonaws.com';
  const proxy = new Proxies(variables).for(originOf(new URL(url)));
  return proxy ? `, through the proxy ${nameOfProxy(proxy)}` : '';
}

/** A failed check for a missing setting; undefined if the setting is there. */
function missingCheck(name: string, missing: Missing | undefined): Check | undefined {
  return missing && { name, passed: false, detail: missing.message, hint: missing.hint };
}

/** Fills in a bucket, so that the source can be checked without one. */
function withAnyBucket(options: BackupOptions): BackupOptions {
  return { ...options, bucket: options.bucket || 'none' };
}

function notTried(name: string): Check {
  return { name, passed: undefined, detail: 'not tried' };
}

async function attempt(name: string, action: () => Promise<string>): Promise<Check> {
  try {
    return { name, passed: true, detail: await action() };
  } catch (error) {
    return { name, passed: false, ...explanation(error) };
  }
}

function explanation(error: unknown): { detail: string; hint?: string | undefined } {
  const known = error instanceof StoreError ? (fatalFrom(error, 'of the configuration') ?? error) : error;
  if (known instanceof BackupError) return { detail: detailOf(known), hint: hintOf(known) };
  return {
    detail: messageOf(known),
    hint: 'Allow s3:PutObject, s3:GetObject and s3:DeleteObject, or use --no-write-probe: this check writes, overwrites and removes an object.',
  };
}

/** The message with its code, which docs/errors.md explains. */
function detailOf({ message, code }: BackupError): string {
  return `${message} [${code}]`;
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
  { options, control: { stopping }, guarded }: CheckInput,
): Promise<Check[]> {
  const prefix = normalPrefix(options.prefix ?? DEFAULTS.prefix);
  const key = newProbeKey(prefix);
  let probe: Probe | undefined;
  const write = await attempt('write', async () => {
    probe = await guarded(() => store.probeWrite(key, stopping));
    return probe
      ? `a test object was written and removed (${key})`
      : 'nothing was written: the bucket locks every new object (Object Lock), and refused the test for that reason only';
  });
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
