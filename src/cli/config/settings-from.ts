import * as v from 'valibot';
import { splitSource } from './parse/parse-source.ts';
import { type Settings, settingsSchema } from './schema/schema.ts';
import { sectionNames, settings } from './schema/setting-keys.ts';
import type { Layer } from './sources/layer.ts';

/**
 * Converts merged values, each of them valid, to settings: fills in defaults and makes paths absolute.
 *
 * @param absolute Makes a path absolute.
 */
export function settingsFrom(merged: Layer, absolute: (path: string) => string): Settings {
  const sections = sectionNames.map((section) => {
    const keys = [...settings.values()].filter((setting) => setting.section === section);
    const entries = keys.flatMap(({ key, name, info }) => {
      const given = merged.get(key);
      if (given === undefined) return [];
      const { value } = given;
      if (info.kind === 'sources') return [[name, absoluteSources(value, absolute)]];
      if (info.kind === 'paths') return [[name, [value].flat().map((path) => absolute(String(path)))]];
      const isPath = info.kind === 'path' && typeof value === 'string' && !isDescriptor(value);
      return [[name, isPath ? absolute(value) : value]];
    });
    return [section, Object.fromEntries(entries)];
  });
  return v.parse(settingsSchema, Object.fromEntries(sections));
}

function absoluteSources(value: unknown, absolute: (path: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => absoluteSources(item, absolute));
  const { prefix, folder } = splitSource(String(value));
  return prefix === undefined ? absolute(folder) : `${prefix}=${absolute(folder)}`;
}

/** Whether an output is no path: `-` is stdout, `fd:3` a descriptor. */
function isDescriptor(value: string): boolean {
  return value === '-' || /^fd:\d+$/.test(value);
}
