import { stringify } from 'yaml';
import { formatDuration } from './parse/parse-duration.ts';
import { formatSize } from './parse/parse-size.ts';
import type { SettingKey } from './schema/schema.ts';
import { type Setting, sectionNames, settings } from './schema/setting-keys.ts';

const HEAD = [
  'Configuration of s3-backup, with every option. Lines that begin with # are inactive and show the default, if there is one.',
  'Read from .backuprc (here, in a folder above, or at home), or with --config FILE.',
  'YAML; JSON with comments and INI work too. Environment: backup_<section>__<key>, such as backup_s3__prefix.',
  'If this file holds a secret, let no other user read it: chmod 600.',
];

/** Writes a value in one line, whatever is in it. */
const ONE_LINE = {
  collectionStyle: 'flow',
  lineWidth: 0,
  blockQuote: false,
  singleQuote: false,
  doubleQuotedAsJSON: true,
} as const;

/**
 * Makes a configuration with every option, its unit and its default, all commented out: `#key: value` is an option, and `#
 * text` an explanation. It is made from the schema, so the two cannot differ.
 *
 * @param values Options that are set, and so not commented out. Default: none.
 */
export function sampleConfig(values: ReadonlyMap<SettingKey, unknown> = new Map()): string {
  const sections = sectionNames.map((section) => {
    const options = [...settings.values()].filter((setting) => setting.section === section);
    return [
      `${section}:`,
      options.map((option) => optionText(option, values.get(option.key))).join('\n\n'),
    ].join('\n');
  });
  return `${[HEAD.map((line) => `# ${line}`).join('\n'), ...sections].join('\n\n')}\n`;
}

function optionText(setting: Setting, given: unknown): string {
  const { name, info, defaultValue } = setting;
  const value = yamlOf(setting, defaultValue ?? info.example);
  const ending = defaultValue === undefined ? 'Not set by default.' : `Default: ${value}`;
  const comment = [...info.about.split('\n'), `Allowed: ${info.allowed}.`, ending];
  const line = given === undefined ? `  #${name}: ${value}` : `  ${name}: ${yamlOf(setting, given)}`;
  return [...comment.map((line) => `  # ${line}`), line].join('\n');
}

function yamlOf({ info }: Setting, value: unknown): string {
  if (info.kind === 'size') return formatSize(Number(value));
  if (info.kind === 'duration') return formatDuration(Number(value));
  // YAML would break a text without quotes at its newlines.
  const isPlain = !JSON.stringify(value).includes('\\');
  return stringify(value, { ...ONE_LINE, defaultStringType: isPlain ? 'PLAIN' : 'QUOTE_DOUBLE' }).trim();
}
