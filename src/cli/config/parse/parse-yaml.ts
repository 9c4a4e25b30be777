import { Composer, type CST, type Document, type ErrorCode, isScalar, Parser, visit } from 'yaml';
import { commentProblem } from '../unquoted.ts';
import { requireClearWording } from '../yaml-wording.ts';
import { ConfigSyntaxError, MAX_LEVELS, positionAt, TOO_DEEP } from './syntax-error.ts';

/** Most aliases: a few of them can expand to any size (https://en.wikipedia.org/wiki/Billion_laughs_attack). */
const MAX_ALIASES = 100;

const REASONS: Partial<Record<ErrorCode, string>> = {
  BAD_DQ_ESCAPE: 'a text in double quotes has an unknown escape',
  BAD_INDENT: 'the indentation is wrong, or a bracket is not closed',
  BAD_SCALAR_START: 'a text that begins with @, ` or another reserved character must be in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'one line has more than one "key: value"',
  MISSING_CHAR: 'a quote, bracket or colon is missing',
  MULTILINE_IMPLICIT_KEY: 'a key has no colon, or the indentation is wrong',
  NON_STRING_KEY: 'a key must be text',
  TAB_AS_INDENT: 'tabs cannot indent YAML; use spaces',
  TAG_RESOLVE_FAILED: 'custom tags (!...) are not allowed; a text that begins with ! must be in quotes',
  UNEXPECTED_TOKEN: 'a text that begins with a bracket or a quote must be in quotes as a whole',
};

const OPTIONS = {
  schema: 'core',
  merge: false,
  resolveKnownTags: false,
  stringKeys: true,
  // This check compares every key of a mapping with all keys before it.
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'error',
} as const;

/**
 * Reads YAML 1.2 with the core schema: no custom tags, no merge keys, no key twice. Mappings become a `Map`, so that no key
 * (`__proto__`, `constructor`) can reach a prototype.
 *
 * @throws ConfigSyntaxError with line and column
 */
export function parseYaml(text: string): unknown {
  const tokens = [...new Parser().parse(text)];
  requireShallow(tokens, text);
  requireClearWording(text);
  const [document, second] = new Composer(OPTIONS).compose(tokens, true, text.length);
  const [first] = [...(document?.errors ?? []), ...(document?.warnings ?? [])];
  if (first !== undefined) throw failAt(text, first.pos[0], REASONS[first.code] ?? 'this is not YAML');
  if (second !== undefined)
    throw failAt(text, second.range[0], 'a second document begins here; only one is allowed');
  if (document === undefined) return undefined;
  requireUniqueKeys(document, text);
  requireWholeValues(document, text);
  return contentOf(document);
}

/**
 * Limits the nesting: the composer recurses, and a full stack ends the process if it happens while the engine compiles an
 * expression.
 */
function requireShallow(tokens: readonly CST.Token[], text: string): void {
  let level = tokens;
  for (let depth = 0; level.length > 0; depth += 1) {
    const [first] = level;
    if (depth > MAX_LEVELS) throw failAt(text, first?.offset ?? 0, TOO_DEEP);
    level = level.flatMap(childrenOf);
  }
}

function childrenOf(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value ? [token.value] : [];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }: CST.CollectionItem) =>
    [key, value].filter((part) => part != null),
  );
}

function requireUniqueKeys(document: Document, text: string): void {
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? key.value : key;
        if (seen.has(name))
          throw failAt(text, isScalar(key) ? (key.range?.[0] ?? 0) : 0, 'this key was given twice');
        seen.add(name);
      }
    },
  });
}

/** Refuses a comment in the place of a value, which it may be meant to be: `exclude_patterns: #recycle`. */
function requireWholeValues(document: Document, text: string): void {
  visit(document, {
    Scalar: (_, { source, range }) => {
      if (source !== '' || !range) return;
      const [, space = '', sign] = /^([ \t]*)(#?)/.exec(text.slice(range[0], range[0] + 200)) ?? [];
      if (sign) throw failAt(text, range[0] + space.length, commentProblem('', sign) ?? '');
    },
  });
}

function contentOf(document: Document): unknown {
  try {
    return document.toJS({ mapAsMap: true, maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new ConfigSyntaxError(
      `an alias (*name) stands before its anchor (&name), or there are more than ${MAX_ALIASES} of them`,
    );
  }
}

function failAt(text: string, offset: number, reason: string): ConfigSyntaxError {
  return new ConfigSyntaxError(reason, positionAt(text, offset));
}
