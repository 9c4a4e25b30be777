import { systemCode } from '../core/errors.ts';
import { readRegularFile, UnfitFile } from '../files/regular-file.ts';
import { RuleError, Rules } from './rules.ts';

const RULE_FILE = { mebibytes: 1, kind: 'list of rules' };

/** A rule file that cannot be used. `message` has its path and the reason. */
export class RuleFileError extends Error {
  override readonly name = 'RuleFileError';
}

/**
 * Reads rule files in this order. The last rule that matches a path decides, in whichever file it is.
 *
 * @throws RuleFileError
 */
export function readRules(files: readonly string[]): Rules {
  const rules = new Rules();
  for (const file of files) {
    try {
      rules.add(textOf(readRegularFile(file, RULE_FILE).bytes));
    } catch (error) {
      throw new RuleFileError(`${file}: ${reasonOf(error)}`, { cause: error });
    }
  }
  return rules;
}

/** Decodes UTF-8, and refuses anything else: a rule with replacement characters would match other names. */
function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UnfitFile('is not UTF-8; save it as UTF-8');
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof UnfitFile || error instanceof RuleError) return error.message;
  return `cannot be read (${systemCode(error) ?? error})`;
}
