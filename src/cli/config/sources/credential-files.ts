import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { ConfigError } from '../config-error.ts';
import type { SettingKey } from '../schema/schema.ts';
import { CREDENTIAL_NAMES } from './credential-names.ts';
import type { LayeredFile } from './file-layers.ts';
import type { Given, Layer } from './layer.ts';
import { formatOrigin } from './origin.ts';
import { readSecretFile } from './secret-file.ts';

/** The variable in which systemd names the folder of a service's credentials. */
const DIRECTORY = 'CREDENTIALS_DIRECTORY';

/**
 * Makes a layer of the files that systemd has put into the folder of this service's credentials (`LoadCredential=`): each that
 * has the name of one counts as named by its setting. Empty without such a folder.
 */
export function credentialsDirectoryLayer(env: NodeJS.ProcessEnv): Layer {
  const folder = env[DIRECTORY];
  if (folder === undefined || !isAbsolute(folder)) return new Map();
  const origin = { kind: 'environment', name: DIRECTORY } as const;
  const found = CREDENTIAL_NAMES.map(({ file, credential }) => ({ file, path: join(folder, credential) }));
  return new Map(
    found.filter(({ path }) => existsSync(path)).map(({ file, path }) => [file, { value: path, origin }]),
  );
}

/** Layers in which credentials have taken the places of the files that hold them. */
export interface ReadCredentials {
  readonly layers: readonly Layer[];
  /** The files that were read. */
  readonly files: readonly LayeredFile[];
}

/**
 * Reads the files that hold credentials. Only those of the highest layer with credentials are read, since the others are not
 * used: a service may be forbidden to read the file that systemd has read for it.
 *
 * @param layers Layers in rising precedence.
 * @param absolute Makes a path absolute.
 * @throws ConfigError `CONFIG_NOT_FOUND`, `CONFIG_UNREADABLE`, `CONFIG_UNTRUSTED`; `CONFIG_INVALID` if a file is empty, or a
 * path is a secret itself
 */
export function readCredentialFiles(
  layers: readonly Layer[],
  absolute: (path: string) => string,
): ReadCredentials {
  const at = layers.findLastIndex((layer) =>
    CREDENTIAL_NAMES.some(({ key, file }) => layer.has(key) || layer.has(file)),
  );
  const highest = layers[at];
  if (highest === undefined) return { layers, files: [] };
  const changed = new Map(highest);
  const files = CREDENTIAL_NAMES.flatMap(({ key, file: setting }): LayeredFile[] => {
    const named = highest.get(setting);
    // A value of another type is refused with the other invalid values.
    if (typeof named?.value !== 'string') return [];
    const read = readCredential(key, setting, named, highest.get(key), absolute(named.value));
    for (const given of read.layers) for (const [name, value] of given) changed.set(name, value);
    return [read];
  });
  return { layers: layers.with(at, changed), files };
}

function readCredential(
  key: SettingKey,
  setting: SettingKey,
  named: Given,
  other: Given | undefined,
  file: string,
): LayeredFile {
  const place = `${formatOrigin(named.origin)}: ${setting}`;
  // AWS's secret keys have this form; one must not be shown, not even as the name of a missing file.
  if (/^[A-Za-z0-9+/]{40}$/.test(String(named.value)) && !existsSync(file))
    throw new ConfigError('CONFIG_INVALID', [
      `${place}: is a secret key, not the path of a file that holds one`,
    ]);
  const { bytes, stats } = readSecretFile(file, setting);
  const value = bytes.toString('utf8').replace(/(\r?\n)+$/, '');
  if (value === '') throw new ConfigError('CONFIG_INVALID', [`${place}: ${file} is empty`]);
  const problems = [
    ...(other ? [`${place}: ${formatOrigin(other.origin)} sets ${key}; keep one of them`] : []),
  ];
  const layer: Layer = new Map([[key, { value, origin: { kind: 'file', name: file } as const }]]);
  return { file, name: file, stats, layers: [layer], problems };
}
