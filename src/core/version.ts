import { createRequire } from 'node:module';

/** Version of this package. The package finds its own `package.json` by its name, wherever the compiled files are. */
export const VERSION: string = createRequire(import.meta.url)('s3-backup-pipeline/package.json').version;
