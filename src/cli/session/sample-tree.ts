import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Sample files, with names that other tools fail on: equal names in different folders, an empty file, a name with a newline.
 */
const FILES: Readonly<Record<string, string>> = {
  'readme.txt': 'A sample folder for s3-backup demo.\n',
  'invoices/2025/readme.txt': 'Same name, other folder: gets a key of its own.\n',
  'invoices/2025/invoice-0001.pdf': '%PDF-1.4 (not really)\n',
  'photos/größe 10 %.jpg': 'not really a picture\n',
  'odd/empty.dat': '',
  'odd/two\nlines.txt': 'the name has a newline in it\n',
};

/** Size of the large file in bytes: more than one part, so that the demo shows a multipart upload. */
const LARGE_BYTES = 12 * 1024 * 1024;

/** Creates the sample folder of the demo. */
export function makeSampleTree(folder: string): void {
  for (const [path, content] of Object.entries(FILES)) write(join(folder, path), content);
  write(join(folder, 'videos/holiday.mp4'), Buffer.alloc(LARGE_BYTES, 'sample '));
}

function write(path: string, content: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
