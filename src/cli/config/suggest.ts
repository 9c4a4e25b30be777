import leven from 'leven';
import { sectionNames, settings } from './schema/setting-keys.ts';

/** Finds the section whose name is nearest; undefined if none is near. */
export function suggestSection(typed: string): string | undefined {
  return closest(
    typed,
    sectionNames.map((name) => ({ name, result: name })),
  );
}

/** Finds the key whose name is nearest, in any section, as `section.key`; undefined if none is near. */
export function suggestKey(section: string, typed: string): string | undefined {
  const all = [...settings.values()];
  const ownSectionFirst = [
    ...all.filter((setting) => setting.section === section),
    ...all.filter((setting) => setting.section !== section),
  ];
  return closest(
    typed,
    ownSectionFirst.map(({ name, key }) => ({ name, result: key })),
  );
}

/**
 * Finds the nearest candidate. Up to a third of the letters may differ; a word that is a part of the name (`bucket`) is near,
 * too.
 */
function closest(typed: string, candidates: { name: string; result: string }[]): string | undefined {
  // rc nests variables at every `__`, so users may write backup_s3__tags__team.
  const [word = ''] = snakeCase(typed.slice(0, 60)).split('__');
  const near = candidates
    .map(({ name, result }) => ({
      result,
      distance: distanceOf(word, name),
      limit: Math.max(1, name.length / 3),
    }))
    .filter(({ distance, limit }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.result;
}

function distanceOf(word: string, name: string): number {
  const isPart = word.length > 3 && `_${name}_`.includes(`_${word}_`);
  return isPart ? Math.min(1, leven(word, name)) : leven(word, name);
}

/** `bucketName`, `bucket-name` → `bucket_name` */
function snakeCase(name: string): string {
  return name
    .replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`)
    .replaceAll('-', '_')
    .toLowerCase();
}
