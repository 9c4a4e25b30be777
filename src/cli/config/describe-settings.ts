import { maskedUrl } from '../output/mask-url.ts';
import type { LoadedConfig } from './load-config.ts';
import { type CommandWords, formatCommand } from './parse/parse-command.ts';
import { formatDuration } from './parse/parse-duration.ts';
import { formatSize } from './parse/parse-size.ts';
import type { Webhook } from './parse/parse-webhooks.ts';
import { type Setting, settings } from './schema/setting-keys.ts';
import { formatOrigin } from './sources/origin.ts';

/** One line of `s3-backup status`. */
export interface SettingLine {
  readonly key: string;
  readonly value: string;
  readonly origin: string;
  /** Whether nothing sets it. */
  readonly isDefault: boolean;
}

/** Describes every setting, in the schema's order: its value as users write it, with secrets masked, and its origin. */
export function describeSettings(loaded: LoadedConfig): SettingLine[] {
  return [...settings.values()].map((setting) => {
    const section: Readonly<Record<string, unknown>> =
      loaded.settings[setting.section as keyof LoadedConfig['settings']];
    const value = describeValue(setting, section[setting.name]);
    const origin = loaded.origin(setting.key);
    return { key: setting.key, value, origin: formatOrigin(origin), isDefault: origin.kind === 'default' };
  });
}

/** Formats a value for `status`. Of an access key ID the beginning is shown: it is no secret, and it distinguishes keys. */
function describeValue({ key, info }: Setting, value: unknown): string {
  if (value === undefined || value === '') return '(not set)';
  if (key === 'aws.access_key_id') return `${String(value).slice(0, 4)}****`;
  if (info.kind === 'secret') return '****';
  if (info.kind === 'size') return formatSize(Number(value));
  if (info.kind === 'duration') return formatDuration(Number(value));
  if (info.kind === 'url') return maskedUrl(String(value));
  if (info.kind === 'webhooks') return describeWebhooks(value as readonly Webhook[]);
  if (info.kind === 'command') return formatCommand(value as CommandWords);
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : value.join(', ');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([name, text]) => `${name}=${text}`)
      .join(', ');
  }
  return String(value);
}

function describeWebhooks(webhooks: readonly Webhook[]): string {
  if (webhooks.length === 0) return '(none)';
  return webhooks.map(({ url, on }) => maskedUrl(url) + (on === undefined ? '' : ` (${on})`)).join(', ');
}
