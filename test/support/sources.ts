/**
 * Modules of src/ for the processes that tests start. Such a process loads what the test itself was loaded from: TypeScript,
 * through tsx, if a test file is started alone, and the JavaScript of test/support/compile.ts if test/run-tests.ts started it.
 */
import { fileURLToPath } from 'node:url';

const isCompiled = import.meta.url.endsWith('.js');

/** Flags of Node.js that such modules need. */
export const NODE_FLAGS: readonly string[] = isCompiled ? [] : ['--import', import.meta.resolve('tsx')];

/** The URL of a module by its path in src/, such as `http/connection.ts`. */
export function sourceUrl(path: string): string {
  const file = isCompiled ? path.replace(/\.ts$/, '.js') : path;
  return new URL(`../../src/${file}`, import.meta.url).href;
}

/** The file of a module by its path in src/. */
export function sourceFile(path: string): string {
  return fileURLToPath(sourceUrl(path));
}
