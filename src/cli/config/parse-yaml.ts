import { type ErrorCode, parseDocument } from 'yaml';
import { ConfigSyntaxError, positionAt } from './syntax-error.ts';

/** Aliases are allowed, bombs of them are not: https://en.wikipedia.org/wiki/Billion_laughs_attack */
const MAX_ALIASES = 100;

const REASONS: Partial<Record<ErrorCode, string>> = {
  BAD_DQ_ESCAPE: 'an unknown escape in a text in double quotes',
  BAD_INDENT: 'the indentation does not fit, or a bracket is not closed',
  BAD_SCALAR_START: 'a text that begins with @, ` or another reserved character belongs in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'more than one "key: value" on one line',
  DUPLICATE_KEY: 'this key is there twice',
  MISSING_CHAR: 'a quote, bracket or colon is missing',
  MULTILINE_IMPLICIT_KEY: 'a key without colon, or wrong indentation',
  MULTIPLE_DOCS: 'a second document begins here; only one is allowed',
  NON_STRING_KEY: 'a key must be text',
  TAB_AS_INDENT: 'tabs cannot indent YAML; use spaces',
  TAG_RESOLVE_FAILED: 'custom tags (!...) are not allowed',
};

/**
 * Reads YAML 1.2 with the core schema: no custom tags, no merge keys, each key once. Mappings come as `Map`, so that
 * no key (`__proto__`, `constructor`) can reach a prototype.
 *
 * @throws ConfigSyntaxError with line and column
 */
export function parseYaml(text: string): unknown {
  return guarded(() => {
    const document = parseDocument(text, {
      schema: 'core',
      merge: false,
      resolveKnownTags: false,
      stringKeys: true,
      prettyErrors: false,
      logLevel: 'error',
    });
    const [first] = [...document.errors, ...document.warnings];
    if (first !== undefined) {
      const reason = REASONS[first.code] ?? 'this is not YAML';
      throw new ConfigSyntaxError(reason, positionAt(text, first.pos[0]));
    }
    return document.toJS({ mapAsMap: true, maxAliasCount: MAX_ALIASES });
  });
}

/** The library throws plain errors for aliases that are unknown or too many, and RangeError for endless nesting. */
function guarded<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof ReferenceError) {
      throw new ConfigSyntaxError(
        `an alias (*name) is unknown, or there are more than ${MAX_ALIASES} of them`,
      );
    }
    if (error instanceof RangeError) throw new ConfigSyntaxError('the nesting is too deep');
    throw error;
  }
}
