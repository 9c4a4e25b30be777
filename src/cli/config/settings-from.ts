import { resolve } from 'node:path';
import * as v from 'valibot';
import type { Layer } from './layer.ts';
import { expandHome } from './places.ts';
import { type Settings, settingsSchema } from './schema.ts';
import { sectionNames, settings } from './setting-keys.ts';

/**
 * Valid settings from merged values that have been validated one by one: defaults filled in, paths made absolute.
 *
 * @param cwd what relative paths are relative to
 */
export function settingsFrom(merged: Layer, cwd: string, env: NodeJS.ProcessEnv): Settings {
  const absolute = (path: string) => resolve(cwd, expandHome(path, env));
  const sections = sectionNames.map((section) => {
    const keys = [...settings.values()].filter((setting) => setting.section === section);
    const entries = keys.flatMap(({ key, name, info }) => {
      const given = merged.get(key);
      if (given === undefined) return [];
      const isPath = info.kind === 'path' && typeof given.value === 'string' && given.value !== '-';
      return [[name, isPath ? absolute(String(given.value)) : given.value]];
    });
    return [section, Object.fromEntries(entries)];
  });
  return v.parse(settingsSchema, Object.fromEntries(sections));
}
