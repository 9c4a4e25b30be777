import type { Definition } from 'clipanion';
import { type Setting, settings } from '../config/schema/setting-keys.ts';
import { optionNames } from './suggest-usage.ts';

/** One option in the help, the man page and the completion. */
export interface OptionText {
  /** `-c, --config FILE` */
  readonly label: string;
  readonly about: string;
  /** `--config`, `-c` */
  readonly names: readonly string[];
  /** Placeholder for the value; undefined for a switch. */
  readonly value?: string | undefined;
  /** The setting that the option sets; undefined if it sets none. */
  readonly setting?: Setting | undefined;
}

/** Options of a command that belong together. */
export interface OptionGroup {
  readonly title: string;
  readonly options: readonly OptionText[];
}

/** Placeholders for the values of options that are not settings. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  '--config': 'FILE',
  '--max-age': 'DURATION',
  '--older-than': 'DURATION',
  '--files-from': 'FILE',
  '--against': 'WHAT',
  '--include': 'GLOB',
  '--exclude': 'GLOB',
  '--run': 'ID',
  '--sample': 'SHARE',
  '--store': 'KIND',
  '--every': 'TIME',
  '--name': 'NAME',
  '--with': 'SYSTEM',
  '--seed': 'TEXT',
  '--to': 'DIR',
  '--version-at': 'TIME',
  '--archive-days': 'N',
  '--archive-tier': 'TIER',
  '--plan': 'ID',
  '--shard': 'N',
  '--parallel': 'N',
  '--shards': 'N',
  '--shard-files': 'N',
  '--by': 'HOW',
  '--print': 'ENGINE',
};

/** Options that `main` understands of every command. */
const OF_ALL: readonly OptionText[] = [
  { label: '-h, --help', about: 'print this help', names: ['--help', '-h'] },
  { label: '    --version', about: 'print the version', names: ['--version'] },
];

/** Titles by section of the settings, in their order in the help. */
const OF_SECTION: Readonly<Record<string, string>> = {
  own: 'Options',
  aws: 'Bucket',
  s3: 'Bucket',
  backup: 'Files',
  safety: 'Safety',
  transfer: 'Transfer',
  logging: 'Report and log',
  report: 'Report and log',
  general: 'General',
};

/** Sections of options that are not settings. Default: the command's own. */
const SECTIONS: Readonly<Record<string, keyof typeof OF_SECTION>> = {
  '--config': 'general',
  '--trust-config': 'general',
  '--verbose': 'general',
  '--quiet': 'general',
  '--files-from': 'backup',
  '--null': 'backup',
  '--include': 'backup',
  '--exclude': 'backup',
};

const BY_FLAG: ReadonlyMap<string, Setting> = new Map(
  [...settings.values()].flatMap((setting) =>
    setting.info.flag ? [[setting.info.flag.name, setting] as const] : [],
  ),
);

/** The options of a command, with those that every command has. */
export function optionsOf({ options }: Definition): readonly OptionText[] {
  return [...options.map(optionText), ...OF_ALL];
}

/** The options of a command by what they are about. */
export function optionGroups(definition: Definition): readonly OptionGroup[] {
  const groups = new Map<string, OptionText[]>(Object.values(OF_SECTION).map((title) => [title, []]));
  for (const option of optionsOf(definition)) groups.get(titleOf(option))?.push(option);
  return [...groups]
    .filter(([, options]) => options.length > 0)
    .map(([title, options]) => ({ title, options }));
}

function titleOf(option: OptionText): string {
  const [name = ''] = option.names;
  const section = OF_ALL.includes(option) ? 'general' : (option.setting?.section ?? SECTIONS[name] ?? 'own');
  return OF_SECTION[section] ?? '';
}

function optionText(option: Definition['options'][number]): OptionText {
  const { names, takesValue } = optionNames(option);
  const [long = '', short] = names;
  const named = BY_FLAG.get(long);
  // `status --max-age` has the name of a setting's flag, and another meaning.
  const setting = named?.info.flag?.about === option.description ? named : undefined;
  const value = takesValue ? (setting?.info.flag?.value ?? PLACEHOLDERS[long] ?? 'VALUE') : undefined;
  const label = `${short ? `${short}, ` : '    '}${long}${value === undefined ? '' : ` ${value}`}`;
  return { label, about: option.description ?? '', names, value, setting };
}
