import { parseIni } from './parse-ini.ts';
import { parseJsonc } from './parse-jsonc.ts';
import { parseYaml } from './parse-yaml.ts';
import { ConfigSyntaxError, NOT_UTF8, positionAt } from './syntax-error.ts';

const COMMENT = /^\s*(?:[#;].*)?$/;
const INI_SECTION = /^\s*\[[^\]]*\]\s*(?:[#;].*)?$/;
/** No colon before the equals sign: `key: a=b` is YAML. */
const INI_PAIR = /^\s*[^\s:={}"'#;][^:={}"']*=/;

/** What a file says, mappings as `Map`, and how it says it: the values of INI are all texts. */
export interface ParsedConfig {
  readonly format: 'yaml' | 'json' | 'ini';
  readonly content: unknown;
}

/**
 * Reads a configuration as JSON with comments, INI or YAML. rc does not tell the file's name, so the content decides:
 * `{` first is JSON; a first line `[section]` or `key = value` is INI; anything else is YAML.
 *
 * @throws ConfigSyntaxError
 */
export function parseConfigText(text: string): ParsedConfig {
  const content = text.replace(/^\uFEFF/, '');
  const broken = content.search(/[\0\uFFFD]/);
  if (broken >= 0) throw new ConfigSyntaxError(NOT_UTF8, positionAt(content, broken));
  if (startsWithBrace(content)) return { format: 'json', content: parseJsonc(content) };
  const first = content.split(/\r\n|\r|\n/).find((line) => !COMMENT.test(line));
  // Without any, the comments may be those of INI, which YAML would not take.
  return first === undefined || INI_SECTION.test(first) || INI_PAIR.test(first)
    ? { format: 'ini', content: parseIni(content) }
    : { format: 'yaml', content: parseYaml(content) };
}

/** White space and the comments of JSON may stand before the brace. */
function startsWithBrace(text: string): boolean {
  const skipped = /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
  let start = 0;
  while (skipped.test(text)) start = skipped.lastIndex;
  return text[start] === '{';
}
