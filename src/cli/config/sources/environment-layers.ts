import { shortened } from '../../output/printable.ts';
import { nearVariable } from '../near-variable.ts';
import { textValue } from '../parse/text-value.ts';
import { ProblemList } from '../problem-list.ts';
import type { SettingKey } from '../schema/schema.ts';
import type { SettingKind } from '../schema/setting-info.ts';
import { settingOf, settings } from '../schema/setting-keys.ts';
import { unknownKey, unknownSection } from '../unknown-name.ts';
import { type Given, isUnset, type Layer } from './layer.ts';
import { formatOrigin, type Origin } from './origin.ts';

/** Variables that set a setting, in rising precedence: a later name wins over an earlier one of the same setting. */
const NAMED: readonly (readonly [string, SettingKey])[] = [
  ['AWS_ACCESS_KEY_ID', 'aws.access_key_id'],
  ['AWS_SECRET_ACCESS_KEY', 'aws.secret_access_key'],
  ['AWS_SESSION_TOKEN', 'aws.session_token'],
  ['AWS_DEFAULT_REGION', 'aws.region'],
  ['AWS_REGION', 'aws.region'],
  ['AWS_PROFILE', 'aws.profile'],
  ['AWS_ENDPOINT_URL', 'aws.endpoint_url'],
  ['AWS_ENDPOINT_URL_S3', 'aws.endpoint_url'],
  ['AWS_CA_BUNDLE', 'aws.ca_bundle'],
  ['S3_BUCKET_NAME', 's3.bucket_name'],
  ['S3_BACKUP_SSE_CUSTOMER_KEY', 's3.sse_customer_key'],
];

/** Names of the variables that have a name of their own, not `backup_<section>__<key>`. */
export const NAMED_VARIABLES: readonly string[] = NAMED.map(([name]) => name);

/** If this variable is `true`, the AWS tools ignore every variable that names an endpoint. */
const IGNORE_ENDPOINTS = 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS';

/** `backup_<section>__<key>`, in any case. */
const PREFIX = /^backup_(.+?)__(.+)$/i;

/** The settings of an environment. */
export interface EnvironmentLayers {
  /**
   * In rising precedence: variables with names of their own, then `backup_*`. They are two layers so that a key pair of one
   * kind is never mixed with a session token of the other.
   */
  readonly layers: readonly [Layer, Layer];
  readonly problems: readonly string[];
}

/**
 * Reads the variables that are settings, from the real environment or from a `.env` file. An empty variable counts as not set.
 * A `backup_` variable without `__` belongs to another program (`BACKUP_DIR`), unless it is nearly the name of one that is
 * read.
 *
 * @param higher Environment that takes precedence over `env`, if any.
 */
export function environmentLayers(
  env: NodeJS.ProcessEnv,
  kind: 'environment' | 'dotenv',
  higher: NodeJS.ProcessEnv = {},
): EnvironmentLayers {
  const ignore = higher[IGNORE_ENDPOINTS] || env[IGNORE_ENDPOINTS] || 'false';
  const named = new Map<SettingKey, Given>();
  for (const [name, key] of NAMED) {
    const value = env[name];
    const isIgnored = key === 'aws.endpoint_url' && ignore === 'true';
    if (!isUnset(value) && !isIgnored) named.set(key, { value, origin: { kind, name } });
  }
  const { layer, problems } = prefixedLayer(env, kind);
  // The SDK accepts no other values.
  const isClear = ignore === 'true' || ignore === 'false';
  const unclear = `${formatOrigin({ kind, name: IGNORE_ENDPOINTS })}: use true or false`;
  return { layers: [named, layer], problems: isClear ? problems : [...problems, unclear] };
}

/**
 * Whether a variable of this name in a `.env` belongs to this program: it is read, or would be if its setting existed or its
 * name were spelled right.
 */
export function isOurVariable(name: string): boolean {
  return isNamed(name) || keyOf(name) !== undefined || meantBy(name, 'dotenv') !== undefined;
}

/** Kinds of settings that are secrets as a whole. */
const SECRET_KINDS: ReadonlySet<SettingKind> = new Set(['secret', 'url', 'webhooks']);

/** Whether a variable of this name sets a setting that is a secret, such as an access key. */
export function isSecretVariable(name: string): boolean {
  const key = NAMED.find(([known]) => known === name)?.[1] ?? keyOf(name);
  const setting = key === undefined ? undefined : settings.get(key);
  return setting !== undefined && SECRET_KINDS.has(setting.info.kind);
}

function isNamed(name: string): boolean {
  return name === IGNORE_ENDPOINTS || NAMED.some(([known]) => known === name);
}

/**
 * The name that was probably meant. A `.env` may have lines copied from ~/.aws/credentials, which has the same names in lower
 * case.
 */
function meantBy(name: string, kind: Origin['kind']): string | undefined {
  const upper = name.toUpperCase();
  return nearVariable(name) ?? (kind === 'dotenv' && isNamed(upper) ? upper : undefined);
}

function prefixedLayer(env: NodeJS.ProcessEnv, kind: Origin['kind']) {
  const layer = new Map<SettingKey, Given>();
  const problems = new ProblemList();
  for (const [name, value] of Object.entries(env)) {
    const key = keyOf(name);
    const origin = { kind, name };
    if (key === undefined) {
      const meant = isNamed(name) || isUnset(value) ? undefined : meantBy(name, kind);
      if (meant !== undefined)
        problems.add(() => `${formatOrigin(origin)}: nothing reads this name; did you mean ${meant}?`);
      continue;
    }
    const setting = settings.get(key);
    const twin = setting && layer.get(setting.key);
    if (setting === undefined) {
      problems.add(() => `${formatOrigin({ kind, name: shortened(name) })}: ${unknown(key)}`);
    } else if (twin !== undefined && env[twin.origin.name] !== value) {
      problems.add(
        () => `${formatOrigin(origin)}: ${key}: ${twin.origin.name} also sets it; keep one of them`,
      );
    } else if (!isUnset(value)) {
      layer.set(setting.key, { value: textValue(settingOf(setting.key), value), origin });
    }
  }
  return { layer, problems: problems.lines(kind === 'dotenv' ? '.env' : kind) };
}

/** `BACKUP_S3__PREFIX` → `s3.prefix` */
function keyOf(name: string): string | undefined {
  const match = PREFIX.exec(name);
  return match === null ? undefined : `${match[1]}.${match[2]}`.toLowerCase();
}

function unknown(key: string): string {
  const [section = '', ...name] = key.split('.');
  const isSection = [...settings.values()].some((setting) => setting.section === section);
  return isSection ? unknownKey(section, name.join('.')) : unknownSection(section);
}
