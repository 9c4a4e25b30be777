import leven from 'leven';
import * as v from 'valibot';
import { BackupError } from './errors.ts';
import type { OptionSchemas } from './option-schemas.ts';

/**
 * Property that marks options that were validated as a whole. Stages do not validate them again after a run has added options
 * of its own.
 */
const CHECKED: unique symbol = Symbol('checked');

/** Marks options as validated. Copies made by spreading keep the mark. */
export function checked<T extends object>(options: T): T {
  return { ...options, [CHECKED]: true };
}

/**
 * Makes sure that every option has its declared type, and that none is missing or unknown. The compiler does this for callers
 * in TypeScript; in JavaScript `dryRun: 'no'` would be a dry run, and `deleteAfterUpload: 'false'` would delete.
 *
 * @param whose The function whose options they are, for messages: `backup`.
 * @returns the options as properties of a plain object, which can be spread
 * @throws BackupError `BAD_OPTION` that names the option, its value, and what is allowed
 */
export function requireOptions<T>(whose: string, schemas: OptionSchemas<T>, options: T): T {
  if (isChecked(options)) return options;
  const plain = plainOptions(schemas, options);
  const { issues } = v.safeParse(v.strictObject(schemas), plain, { abortEarly: true });
  const [issue] = issues ?? [];
  if (issue === undefined) return plain;
  throw new BackupError('BAD_OPTION', messageOf(whose, schemas, plain, issue));
}

/**
 * Reads each option once, however the object has it. A spread leaves out what an object inherits, has from accessors of its
 * class, or does not enumerate; a move that loses its `dryRun` like that deletes files.
 */
function plainOptions<T>(schemas: OptionSchemas<T>, options: T): T {
  if (typeof options !== 'object' || options === null) return options;
  const names = new Set(Object.keys(schemas).filter((name) => name in options));
  for (const name in options) names.add(name);
  return Object.fromEntries([...names].map((name) => [name, options[name as keyof T]])) as T;
}

function isChecked(options: unknown): boolean {
  return typeof options === 'object' && options !== null && CHECKED in options;
}

function messageOf<T>(
  whose: string,
  schemas: OptionSchemas<T>,
  options: T,
  issue: v.BaseIssue<unknown>,
): string {
  const path = v.getDotPath(issue);
  if (path === null) return `The options of ${whose} are ${shown(options, '')}; allowed is an object.`;
  if (issue.expected === 'never') {
    const known = path.includes('.') ? [] : Object.keys(schemas);
    return `${path} is not an option of ${whose}${meant(path, known)}`;
  }
  if (issue.input === undefined) return `${path} is missing in the options of ${whose}.`;
  return `${path} is ${shown(issue.input, path)}; allowed is ${issue.message}.`;
}

function meant(path: string, known: readonly string[]): string {
  const near = known.filter((name) => leven(name.toLowerCase(), path.toLowerCase()) <= 2);
  return near.length > 0 ? `; did you mean ${near.join(' or ')}?` : '.';
}

const SECRET = /^credentials|customerKey|^proxies/;
const LONGEST_SHOWN = 60;

/** Formats a value for a message; for an option that may hold a secret, only its type. */
function shown(value: unknown, path: string): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string' && !SECRET.test(path)) {
    const text = JSON.stringify(value.slice(0, LONGEST_SHOWN));
    return value.length > LONGEST_SHOWN ? `${text}...` : text;
  }
  if (Array.isArray(value)) return 'a list';
  return KINDS[typeof value] ?? `a ${typeof value}`;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  object: 'an object',
  undefined: 'missing',
};
