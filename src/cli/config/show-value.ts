import { shortened } from '../output/printable.ts';
import type { SettingKind } from './schema/setting-info.ts';
import type { Setting } from './schema/setting-keys.ts';

/** The path of a URL, and the arguments of a command, may be secrets, too. */
const SECRET_KINDS: ReadonlySet<SettingKind> = new Set(['secret', 'command', 'url', 'webhooks']);

/**
 * Formats a value for a message. Secrets become `****`, and so does a URL with a password or a query, which may hold a
 * signature.
 */
export function showValue(setting: Setting, value: unknown): string {
  if (SECRET_KINDS.has(setting.info.kind)) return '****';
  if (value instanceof Map) return 'a map';
  // JSON.stringify needs a stack as deep as the nesting.
  if (Array.isArray(value) && value.some((item) => typeof item === 'object' && item !== null))
    return 'a list of lists or maps';
  const shown = printable(
    typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value),
  );
  if (setting.key === 'aws.endpoint_url' && /[@?#]/.test(shown)) return '****';
  return shortened(shown);
}

/**
 * Formats an unknown name for a message, up to the first character that names do not have. A typing error can turn a value into
 * a name: `{secret_access_key:abc}` is one key in YAML. So a name that looks like a secret (AWS's have 40 letters of both
 * cases, digits and signs) becomes `****`.
 */
export function showName(name: string): string {
  const plain = /^[\w.$-]*/.exec(name)?.[0] ?? '';
  const looksSecret = plain.length > 40 || [/\d/, /[a-z]/, /[A-Z]/].every((kind) => kind.test(plain));
  if (looksSecret) return '****';
  return plain === name ? plain : `${plain}...`;
}

/** Escapes control and format characters, so that a message cannot steer the terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
