import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';

const REPLACEMENT = '\uFFFD';

/**
 * Tells names that really hold U+FFFD from names that are not UTF-8, which Node.js decodes to it: such a string can name
 * a different file that is really there. Only names with U+FFFD cost anything: a second listing of their folder.
 */
export class NameCheck {
  readonly #seen = new Set<string>();

  /** Whether this is the name of the entry that was listed. A second entry that decodes to the same string is not. */
  isReal(fullPath: string, name: string): boolean {
    if (!name.includes(REPLACEMENT) || process.platform === 'win32') return true;
    if (this.#seen.has(fullPath)) return false;
    this.#seen.add(fullPath);
    const bytes = Buffer.from(name);
    return readdirSync(dirname(fullPath), { encoding: 'buffer' }).some((entry) => bytes.equals(entry));
  }
}
