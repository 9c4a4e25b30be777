/**
 * Writes the man page, which src/cli/output/man-page.ts makes of the help.
 *
 * `node scripts/man.js [folder]`: the page into `<folder>/man`. Default: dist. Its date is that of the build, or of the
 * second that SOURCE_DATE_EPOCH names.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const [, , folder = 'dist'] = process.argv;
const { SOURCE_DATE_EPOCH } = process.env;
const date = new Date(SOURCE_DATE_EPOCH === undefined ? Date.now() : Number(SOURCE_DATE_EPOCH) * 1000);

// Inside the package, since the code asks for the package's own version.
const module = join(folder, 'man', 'man-page.mjs');
await build({
  entryPoints: ['src/cli/output/man-page.ts'],
  outfile: module,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'warning',
});
const { manPage } = await import(pathToFileURL(module).href);
rmSync(module);
mkdirSync(join(folder, 'man'), { recursive: true });
writeFileSync(join(folder, 'man', 's3-backup.1'), manPage(date.toISOString().slice(0, 10)));
