import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { ConfigSyntaxError, MAX_LEVELS, positionAt, TOO_DEEP } from './syntax-error.ts';

/**
 * Reads JSON with comments and trailing commas, no key twice. Objects become a `Map`, so that no key (`__proto__`,
 * `constructor`) can reach a prototype, which jsonc-parser's own `parse` sets.
 *
 * @throws ConfigSyntaxError with line and column
 */
export function parseJsonc(text: string): unknown {
  try {
    const errors: ParseError[] = [];
    const root = parseTree(text, errors, { allowTrailingComma: true });
    const [first] = errors;
    if (first !== undefined) {
      throw new ConfigSyntaxError(words(printParseErrorCode(first.error)), positionAt(text, first.offset));
    }
    return root === undefined ? undefined : valueOfNode(root, text, 1);
  } catch (error) {
    // The parser recurses; the stack ends at about 10,000 levels.
    if (error instanceof RangeError) throw new ConfigSyntaxError(TOO_DEEP);
    throw error;
  }
}

function valueOfNode(node: Node, text: string, level: number): unknown {
  if (level > MAX_LEVELS) throw new ConfigSyntaxError(TOO_DEEP, positionAt(text, node.offset));
  if (node.type === 'array') return (node.children ?? []).map((child) => valueOfNode(child, text, level + 1));
  if (node.type !== 'object') return node.value as unknown;
  const map = new Map<string, unknown>();
  for (const { children: [name, value] = [] } of node.children ?? []) {
    if (name === undefined || value === undefined) continue;
    const key = String(name.value);
    if (map.has(key)) {
      throw new ConfigSyntaxError('this key was given twice', positionAt(text, name.offset));
    }
    map.set(key, valueOfNode(value, text, level + 1));
  }
  return map;
}

/** `CloseBraceExpected` → `close brace expected` */
function words(code: string): string {
  return code.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
}
