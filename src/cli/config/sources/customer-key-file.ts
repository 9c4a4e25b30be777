import { customerKeyFrom, customerKeyOf } from '../../../s3/customer-key.ts';
import { ConfigError } from '../config-error.ts';
import type { LayeredFile } from './file-layers.ts';
import type { Layer } from './layer.ts';
import { formatOrigin } from './origin.ts';
import { readSecretFile } from './secret-file.ts';

/**
 * Reads the file that holds the customer's key, as one more configuration file: the same rules of secrecy and trust apply, and
 * a backup leaves it out if it lies in the source.
 *
 * @param layers Layers in rising precedence; `s3.sse_customer_key_file` of the last one counts.
 * @param absolute Makes a path absolute.
 * @returns undefined if no file is named
 * @throws ConfigError `CONFIG_NOT_FOUND`, `CONFIG_UNREADABLE`, `CONFIG_UNTRUSTED`; `CONFIG_INVALID` if the path is a key itself
 */
export function readCustomerKeyFile(
  layers: readonly Layer[],
  absolute: (path: string) => string,
): LayeredFile | undefined {
  const named = layers.map((layer) => layer.get('s3.sse_customer_key_file')).findLast(Boolean);
  if (typeof named?.value !== 'string') return undefined;
  const place = `${formatOrigin(named.origin)}: s3.sse_customer_key_file`;
  // A key must not be shown, not even as the name of a missing file.
  if (customerKeyFrom(named.value) !== undefined)
    throw new ConfigError('CONFIG_INVALID', [`${place}: is a key, not the path of a file that holds one`]);
  const file = absolute(named.value);
  const { bytes, stats } = readSecretFile(file, 's3.sse_customer_key_file');
  const key = keyIn(bytes);
  const origin = { kind: 'file', name: file } as const;
  const problems = [
    ...(key === undefined ? [`${place}: ${file} does not hold 32 bytes, nor their base64 or hex`] : []),
    ...layers.flatMap((layer) => {
      const other = layer.get('s3.sse_customer_key')?.origin;
      return other ? [`${place}: ${formatOrigin(other)} sets s3.sse_customer_key; keep one of them`] : [];
    }),
  ];
  const layer: Layer = new Map([['s3.sse_customer_key', { value: key, origin }]]);
  return { file, name: file, stats, layers: [layer], problems };
}

/** Reads a key from the bytes of a file: 32 bytes, or their base64 or hex with any white space around. */
function keyIn(bytes: Buffer): string | undefined {
  return customerKeyOf(bytes) ?? customerKeyFrom(bytes.toString('latin1').trim());
}
