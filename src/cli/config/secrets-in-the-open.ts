import type { SettingKey } from './schema/schema.ts';
import type { LayeredFile } from './sources/file-layers.ts';
import type { Layer } from './sources/layer.ts';
import { readableByOthers } from './trust.ts';

const SECRETS: readonly SettingKey[] = [
  'aws.secret_access_key',
  'aws.session_token',
  's3.sse_customer_key',
  'notify.ping_url',
  'notify.webhooks',
];

/** Warns of each file that holds a secret and that other users may read. */
export function secretsInTheOpen(files: readonly LayeredFile[]): string[] {
  return files
    .filter(({ layers }) => layers.some(hasSecret))
    .flatMap(({ file, name }) => {
      const mode = readableByOthers(file);
      if (mode === undefined) return [];
      return [`${name}: holds a secret and can be read by others (mode ${mode}); run: chmod 600 ${name}`];
    });
}

function hasSecret(layer: Layer): boolean {
  return SECRETS.some((key) => layer.has(key));
}
