import { shortened } from '../output/printable.ts';
import type { Setting } from './schema/setting-keys.ts';

/** A value in a message. Secrets are `****`, and so is a URL with a password or a query, which may sign something. */
export function showValue(setting: Setting, value: unknown): string {
  if (setting.info.kind === 'secret') return '****';
  if (value instanceof Map) return 'a map';
  // JSON.stringify takes a stack as deep as they are nested.
  if (Array.isArray(value) && value.some((item) => typeof item === 'object' && item !== null))
    return 'a list of lists or maps';
  const shown = printable(
    typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value),
  );
  if (setting.key === 'aws.endpoint_url' && /[@?#]/.test(shown)) return '****';
  return shortened(shown);
}

/**
 * A name that nobody knows, as far as it looks like one. It may be a value that a slip of the keyboard made a name:
 * `{secret_access_key:abc}` is one key for YAML. AWS's secrets are 40 characters of both cases, digits and signs.
 */
export function showName(name: string): string {
  const plain = /^[\w.$-]*/.exec(name)?.[0] ?? '';
  const looksSecret = plain.length > 40 || [/\d/, /[a-z]/, /[A-Z]/].every((kind) => kind.test(plain));
  if (looksSecret) return '****';
  return plain === name ? plain : `${plain}...`;
}

/** Control and format characters escaped, so that a message cannot steer the terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
