import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The meaning of a code, and what to do about it, as docs/errors.md has them. Code is set between backticks. */
export interface Advice {
  readonly meaning: string;
  readonly toDo: string;
}

/** The parts of a page that are the same in all pages. scripts/report-page.js makes them. */
export interface PageAssets {
  /** The script of the page, with the chart library. */
  readonly script: string;
  readonly style: string;
  /** Advice by code: for files of a backup, objects of a restore, what `verify` compares, and runs. */
  readonly advice: {
    readonly backup: Readonly<Record<string, Advice>>;
    readonly restore: Readonly<Record<string, Advice>>;
    readonly verify: Readonly<Record<string, Advice>>;
    readonly run: Readonly<Record<string, Advice>>;
  };
}

/** Reads the parts of a page from the package's folder. @throws Error if the package is not built */
export function pageAssets(): PageAssets {
  const root = dirname(createRequire(import.meta.url).resolve('s3-backup-pipeline/package.json'));
  return JSON.parse(readFileSync(join(root, 'dist/bin/report-page.json'), 'utf8'));
}
