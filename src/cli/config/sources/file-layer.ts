import type { ParsedConfig } from '../parse/parse-config-text.ts';
import { textValue } from '../parse/text-value.ts';
import { ProblemList } from '../problem-list.ts';
import type { SettingKey } from '../schema/schema.ts';
import { sectionNames, settings } from '../schema/setting-keys.ts';
import { unknownKey, unknownSection } from '../unknown-name.ts';
import { type Given, isUnset, type ReadLayer } from './layer.ts';

/**
 * Makes the layer of one configuration file.
 *
 * @param parsed The parsed content of the file.
 * @param file Name of the file, for origins and messages.
 */
export function fileLayer({ format, content }: ParsedConfig, file: string): ReadLayer {
  const layer = new Map<SettingKey, Given>();
  const problems = new ProblemList();
  for (const [section, keys] of mappingOf(content, file, problems)) {
    if (!sectionNames.includes(section)) {
      problems.add(() => `${file}: ${unknownSection(section)}`);
      continue;
    }
    for (const [name, value] of mappingOf(keys, `${file}: ${section}`, problems)) {
      const setting = settings.get(`${section}.${name}`);
      if (setting === undefined) problems.add(() => `${file}: ${unknownKey(section, name)}`);
      else if (!isUnset(value)) {
        const typed = format === 'ini' ? textValue(setting, value) : value;
        layer.set(setting.key, { value: typed, origin: { kind: 'file', name: file } });
      }
    }
  }
  return { layer, problems: problems.lines(file) };
}

/** The entries of a mapping. A file of comments, and a section whose keys are all commented out, have none. */
function mappingOf(value: unknown, where: string, problems: ProblemList): Iterable<[string, unknown]> {
  if (value instanceof Map) return value;
  if (!isUnset(value)) problems.add(() => `${where}: must be a mapping of names to values`);
  return [];
}
