import { shortened } from '../printable.ts';
import { type Given, isUnset, type Layer } from './layer.ts';
import { formatOrigin, type Origin } from './origin.ts';
import { ProblemList } from './problem-list.ts';
import type { SettingKey } from './schema.ts';
import { settingOf, settings } from './setting-keys.ts';
import { textValue } from './text-value.ts';
import { unknownKey, unknownSection } from './unknown-name.ts';

/** Low to high: a later name wins over an earlier one of the same setting. */
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

/** `backup_<section>__<key>`, in any case. */
const PREFIX = /^backup_(.+?)__(.+)$/i;

/** What an environment sets. */
export interface EnvironmentLayers {
  /**
   * Low to high: variables with names of their own, then `backup_*`. They are two layers so that a key pair of the one
   * kind is never mixed with a session token of the other.
   */
  readonly layers: readonly [Layer, Layer];
  readonly problems: readonly string[];
}

/**
 * Reads the variables that are settings, from the real environment or from a `.env` file. Empty ones are not set.
 * `backup_` variables without `__` belong to somebody else (`BACKUP_DIR`).
 */
export function environmentLayers(env: NodeJS.ProcessEnv, kind: 'environment' | 'dotenv'): EnvironmentLayers {
  const named = new Map<SettingKey, Given>();
  for (const [name, key] of NAMED) {
    const value = env[name];
    if (!isUnset(value)) named.set(key, { value, origin: { kind, name } });
  }
  const { layer, problems } = prefixedLayer(env, kind);
  return { layers: [named, layer], problems };
}

/** Whether a variable of this name is read, or would be if it were a setting. */
export function isOurVariable(name: string): boolean {
  return NAMED.some(([known]) => known === name) || keyOf(name) !== undefined;
}

function prefixedLayer(env: NodeJS.ProcessEnv, kind: Origin['kind']) {
  const layer = new Map<SettingKey, Given>();
  const problems = new ProblemList();
  for (const [name, value] of Object.entries(env)) {
    const key = keyOf(name);
    if (key === undefined) continue;
    const origin = { kind, name };
    const setting = settings.get(key);
    const twin = setting && layer.get(setting.key);
    if (setting === undefined) {
      problems.add(() => `${formatOrigin({ kind, name: shortened(name) })}: ${unknown(key)}`);
    } else if (twin !== undefined && env[twin.origin.name] !== value) {
      problems.add(
        () => `${formatOrigin(origin)}: ${key}: ${twin.origin.name} sets it too; keep one of them`,
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
