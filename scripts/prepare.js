/**
 * What npm runs after `npm ci` or `npm install` in a clone, before `npm pack`, and for `npm install <clone>`: builds the
 * package. Without the development dependencies nothing can be built; what was built before then stays as it is.
 */
import { execSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';

const PROGRAM = 'dist/bin/s3-backup.js';

if (canBuild()) {
  execSync('npm run build', { stdio: 'inherit' });
  execSync('husky', { stdio: 'inherit' });
} else if (!existsSync(PROGRAM)) {
  process.stderr.write(
    `s3-backup is not built, and its build tools (development dependencies) are not installed.\n` +
      `  In ${process.cwd()}, run: npm ci\n` +
      `  Then \`npm prune --omit=dev\` removes the build tools again; \`npm pack\` makes a tarball that needs none.\n`,
  );
  process.exitCode = 1;
}

/** The package's own tools: a compiler of the project that installs it may be another one. */
function canBuild() {
  return ['esbuild', 'typescript', 'husky'].every((tool) => existsSync(`node_modules/${tool}`));
}
