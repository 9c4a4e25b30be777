import { type Given, isUnset, type ReadLayer } from './layer.ts';
import type { ParsedConfig } from './parse-config-text.ts';
import type { SettingKey } from './schema.ts';
import { sectionNames, settings } from './setting-keys.ts';
import { textValue } from './text-value.ts';
import { unknownKey, unknownSection } from './unknown-name.ts';

/**
 * What one configuration file sets.
 *
 * @param parsed what the parser made of the file
 * @param file its name, for origins and messages
 */
export function fileLayer({ format, content }: ParsedConfig, file: string): ReadLayer {
  const layer = new Map<SettingKey, Given>();
  const problems: string[] = [];
  for (const [section, keys] of mappingOf(content, file, problems)) {
    if (!sectionNames.includes(section)) {
      problems.push(`${file}: ${unknownSection(section)}`);
      continue;
    }
    for (const [name, value] of mappingOf(keys, `${file}: ${section}`, problems)) {
      const setting = settings.get(`${section}.${name}`);
      if (setting === undefined) problems.push(`${file}: ${unknownKey(section, name)}`);
      else if (!isUnset(value)) {
        const typed = format === 'ini' ? textValue(setting, value) : value;
        layer.set(setting.key, { value: typed, origin: { kind: 'file', name: file } });
      }
    }
  }
  return { layer, problems };
}

/** A file of comments, and a section whose keys are all commented out, are empty. */
function mappingOf(value: unknown, where: string, problems: string[]): Iterable<[string, unknown]> {
  if (value instanceof Map) return value;
  if (!isUnset(value)) problems.push(`${where}: must be a mapping of names to values`);
  return [];
}
