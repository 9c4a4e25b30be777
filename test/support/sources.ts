/**
 * Modules for the processes that tests start. Such a process loads what the test itself was loaded from: TypeScript,
 * through tsx, if a test file is started alone, and the JavaScript of test/support/compile.ts if test/run-tests.ts started it.
 */
import { fileURLToPath } from 'node:url';

const isCompiled = import.meta.url.endsWith('.js');

/** Flags of Node.js that such modules need. */
export const NODE_FLAGS: readonly string[] = isCompiled ? [] : ['--import', import.meta.resolve('tsx')];

/** The URL of a module by its path in src/, such as `http/connection.ts`. */
export function sourceUrl(path: string): string {
  return moduleUrl(`src/${path}`);
}

/** The file of a module by its path in src/. */
export function sourceFile(path: string): string {
  return moduleFile(`src/${path}`);
}

/** The file of a module by its path from package.json, such as `bench/selection.ts`. */
export function moduleFile(path: string): string {
  return fileURLToPath(moduleUrl(path));
}

function moduleUrl(path: string): string {
  const file = isCompiled ? path.replace(/\.ts$/, '.js') : path;
  return new URL(`../../${file}`, import.meta.url).href;
}
