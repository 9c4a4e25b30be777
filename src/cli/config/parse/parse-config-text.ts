import { parseIni } from './parse-ini.ts';
import { parseJsonc } from './parse-jsonc.ts';
import { parseYaml } from './parse-yaml.ts';
import { ConfigSyntaxError, NOT_UTF8, positionAt } from './syntax-error.ts';

const COMMENT = /^\s*(?:[#;].*)?$/;
const INI_SECTION = /^\s*\[[^\]]*\]\s*(?:[#;].*)?$/;
/** The first pair of an INI file. No colon stands before its equals sign: `key: a=b` is YAML. */
const INI_PAIR = /^\s*[^\s:={}"'#;][^:={}"']*=/;

/** The content of a configuration file, with mappings as `Map`, and its format: in INI all values are texts. */
export interface ParsedConfig {
  readonly format: 'yaml' | 'json' | 'ini';
  readonly content: unknown;
}

/**
 * Reads a configuration as JSON with comments, INI or YAML. rc does not pass the file's name on, so the content decides: JSON
 * begins with `{`; INI has `[section]` or `key = value` as its first line; anything else is YAML.
 *
 * @throws ConfigSyntaxError
 */
export function parseConfigText(text: string): ParsedConfig {
  const content = text.replace(/^\uFEFF/, '');
  const broken = content.search(/[\0\uFFFD]/);
  if (broken >= 0) throw new ConfigSyntaxError(NOT_UTF8, positionAt(content, broken));
  if (startsWithBrace(content)) return { format: 'json', content: parseJsonc(content) };
  const first = content.split(/\r\n|\r|\n/).find((line) => !COMMENT.test(line));
  // A file of comments only is read as INI, whose comments (`;`) YAML refuses.
  return first === undefined || INI_SECTION.test(first) || INI_PAIR.test(first)
    ? { format: 'ini', content: parseIni(content) }
    : { format: 'yaml', content: parseYaml(content) };
}

/** Whether the first character is a brace, apart from white space and comments of JSON. */
function startsWithBrace(text: string): boolean {
  const skipped = /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
  let start = 0;
  while (skipped.test(text)) start = skipped.lastIndex;
  return text[start] === '{';
}
