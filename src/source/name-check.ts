import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';

const REPLACEMENT = '\uFFFD';

/**
 * Tells names that really hold U+FFFD from names that are not UTF-8, which Node.js decodes to it: such a string can name
 * a different file that is really there. Only names with U+FFFD cost anything: a second listing of their folder.
 */
export class NameCheck {
  readonly #seen = new Set<string>();

  /**
   * Whether this is the name of the entry that was listed. A second entry that decodes to the same string is not, nor
   * a folder where the entry that really has the name is none.
   */
  isReal(fullPath: string, name: string, isFolder: boolean): boolean {
    if (!name.includes(REPLACEMENT) || process.platform === 'win32') return true;
    const bytes = Buffer.from(name);
    const real = entriesOf(dirname(fullPath)).find((entry) => bytes.equals(entry.name));
    if (real?.isDirectory() !== isFolder || this.#seen.has(fullPath)) return false;
    this.#seen.add(fullPath);
    return true;
  }
}

/** With names as bytes, for which @types/node 20 has no type. */
function entriesOf(folder: string): { readonly name: Buffer; isDirectory(): boolean }[] {
  const options = { encoding: 'buffer', withFileTypes: true } as unknown as { withFileTypes: true };
  return readdirSync(folder, options) as unknown as { name: Buffer; isDirectory(): boolean }[];
}
