import { createRequire } from 'node:module';

/** This package's version. The package finds its own `package.json` by its name, wherever the built files are. */
export const VERSION: string = createRequire(import.meta.url)('s3-backup-pipeline/package.json').version;
