/** A value of JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Names that a template may have in double braces, as `{{title}}`. docs/notify.md explains them. */
export const PLACEHOLDERS = [
  'title',
  'text',
  'outcome',
  'exit_code',
  'error',
  'command',
  'host',
  'source',
  'bucket',
  'prefix',
  'files',
  'failed',
  'start_time',
  'end_time',
  'duration_seconds',
  'run_id',
  'report',
  'log',
] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

const IN_BRACES = /\{\{\s*(.*?)\s*\}\}/g;

/** The names in double braces that are no placeholders. */
export function unknownPlaceholders(template: Json): string[] {
  const known: ReadonlySet<string> = new Set(PLACEHOLDERS);
  return textsOf(template).flatMap((text) =>
    [...text.matchAll(IN_BRACES)].map(([, name = '']) => name).filter((name) => !known.has(name)),
  );
}

/**
 * Puts values in the place of the placeholders in every text of a template. The template is data, not text of JSON, so no value
 * can add a field or break out of its text.
 */
export function filled(template: Json, values: Readonly<Record<Placeholder, string>>): Json {
  if (typeof template === 'string')
    return template.replace(IN_BRACES, (_all, name: Placeholder) => values[name]);
  if (isList(template)) return template.map((each) => filled(each, values));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([name, each]) => [name, filled(each, values)]));
}

function textsOf(template: Json): string[] {
  if (typeof template === 'string') return [template];
  if (typeof template !== 'object' || template === null) return [];
  return Object.values(template).flatMap(textsOf);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
