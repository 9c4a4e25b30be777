import type { SettingKey } from '../schema/schema.ts';
import { CREDENTIAL_NAMES } from './credential-names.ts';
import type { Given, Layer } from './layer.ts';
import { formatOrigin } from './origin.ts';

const PAIR = ['aws.access_key_id', 'aws.secret_access_key'] as const;
const CREDENTIALS = [...PAIR, 'aws.session_token'] as const;
/**
 * Merges layers key by key. A later layer wins, but credentials are taken from one layer as a group.
 *
 * @param layers Layers in rising precedence.
 */
export function mergeLayers(layers: readonly Layer[]): { merged: Layer; problems: string[] } {
  const merged = new Map<SettingKey, Given>();
  for (const layer of layers) for (const [key, given] of layer) merged.set(key, given);
  const holders = layers.filter((layer) => CREDENTIALS.some((key) => layer.has(key)));
  const highest = holders.at(-1);
  if (highest === undefined) return { merged, problems: [] };
  for (const { key, file } of CREDENTIAL_NAMES)
    for (const name of [key, file]) if (!highest.has(name)) merged.delete(name);
  return { merged, problems: incompletePair(highest, holders.slice(0, -1)) };
}

/**
 * Reports an access key without its secret, or the reverse: a key of one source never works with the secret or the token of
 * another, and S3's answer does not say why.
 */
function incompletePair(highest: Layer, lower: readonly Layer[]): string[] {
  const [have] = CREDENTIALS.flatMap((key) => placeOf(key, highest));
  return PAIR.filter((key) => !highest.has(key)).map((missing) => {
    const elsewhere = lower.flatMap((layer) => placeOf(missing, layer)).at(-1);
    const found = elsewhere === undefined ? `${missing} is not set` : `${elsewhere.place} has ${missing}`;
    return `${have?.place}: ${have?.key}: is set alone, and ${found}; set the key, its secret and its token in one place`;
  });
}

function placeOf(key: SettingKey, layer: Layer): { key: SettingKey; place: string }[] {
  const given = layer.get(key);
  return given === undefined ? [] : [{ key, place: formatOrigin(given.origin) }];
}
