import { resolve } from 'node:path';
import { ambiguousSources } from './ambiguous-sources.ts';
import type { SettingKey } from './schema/schema.ts';
import { settingOf } from './schema/setting-keys.ts';
import { settingsFrom } from './settings-from.ts';
import type { Layer } from './sources/layer.ts';
import { formatOrigin } from './sources/origin.ts';
import { expandHome } from './sources/places.ts';
import { invalidValues } from './validate.ts';

/** The value of a setting, or the reason why there is none. */
export type ReadAnswer = { readonly value: unknown } | { readonly problem: string };

/**
 * Reads a text as the value of one setting, by the rules of a configuration file: it is validated, and a path is made absolute.
 *
 * @param around The current folder and the environment, for paths.
 * @throws ConfigError `CONFIG_INVALID` for `~/` if there is no home folder
 */
export function readAnswer(
  key: SettingKey,
  answer: unknown,
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): ReadAnswer {
  const origin = { kind: 'file', name: 'answer' } as const;
  const layer: Layer = new Map([[key, { value: answer, origin }]]);
  const absolute = (path: string) => resolve(cwd, expandHome(path, env));
  const [invalid] = invalidValues(layer);
  const [problem = invalid] = invalid === undefined ? ambiguousSources(layer, absolute) : [];
  if (problem !== undefined) return { problem: problem.slice(`${formatOrigin(origin)}: ${key}: `.length) };
  const { section, name } = settingOf(key);
  const settings: Readonly<Record<string, Readonly<Record<string, unknown>>>> = settingsFrom(layer, absolute);
  return { value: settings[section]?.[name] };
}
