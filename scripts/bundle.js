/**
 * Puts the program and all that it imports into a few files: of the 0.36 s of CPU that a run over an empty folder takes
 * as some 300 modules, 0.17 remain. What is imported later on (the SDK, the demo) stays apart.
 *
 * `node scripts/bundle.js [folder [metafile]]`: the program into `<folder>/bin`, and the licences of the packages that are
 * in it into `<folder>/THIRD-PARTY-NOTICES`. Default: dist. esbuild's description of the bundle goes to `metafile` if it is
 * named.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';
import { makeReportPage } from './report-page.js';
import { noticesOf } from './third-party-notices.js';

const [, , folder = 'dist', metafileName] = process.argv;

const { metafile } = await build({
  // The second is the other processes of a run (--processes), which src/backup/processes/child-process.ts finds beside the first.
  entryPoints: { 's3-backup': 'src/cli/main.ts', 's3-backup-child': 'src/backup/processes/child.ts' },
  outdir: join(folder, 'bin'),
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // jsonc-parser's CommonJS form asks for files by names that no bundler can follow.
  mainFields: ['module', 'main'],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'linked',
  // CommonJS packages ask for Node.js's own modules through `require`.
  banner: {
    js: "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);",
  },
  metafile: true,
  logLevel: 'warning',
});
const page = await makeReportPage(join(folder, 'bin/report-page.json'));
Object.assign(metafile.outputs, page.outputs);
writeFileSync(join(folder, 'THIRD-PARTY-NOTICES'), noticesOf(metafile));
if (metafileName) writeFileSync(metafileName, JSON.stringify(metafile));
