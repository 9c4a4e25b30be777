import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';

const REPLACEMENT = '\uFFFD';

/**
 * Distinguishes names that really contain U+FFFD from names that are not UTF-8. Node.js decodes the latter to U+FFFD, and the
 * result can be the name of a different, existing file. Only names with U+FFFD cost anything: a second listing of their folder.
 */
export class NameCheck {
  readonly #seen = new Set<string>();

  /**
   * Whether the listed entry really has this name. It has not if a second entry decodes to the same string, or if a folder was
   * listed and the entry with the name is none.
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

/** Lists a folder with names as bytes, for which @types/node 20 has no type. */
function entriesOf(folder: string): { readonly name: Buffer; isDirectory(): boolean }[] {
  const options = { encoding: 'buffer', withFileTypes: true } as unknown as { withFileTypes: true };
  return readdirSync(folder, options) as unknown as { name: Buffer; isDirectory(): boolean }[];
}
