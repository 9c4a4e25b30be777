import { LINK_SUFFIX } from '../core/key.ts';
import type { FileEntry } from './report.ts';

/** What md5sum escapes in a name, so that a line stays one. */
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' };

/**
 * The MD5 of every file that this run has proved to be in S3, as far as it is known, as md5sum prints it:
 * `md5sum --check` in the folder that they are restored to tells whether all is well.
 * https://www.gnu.org/software/coreutils/manual/html_node/md5sum-invocation.html
 */
export function* md5sumLines(entries: Iterable<FileEntry>): Generator<string, void> {
  for (const { path, key, md5, proof } of entries) {
    if (md5 === null || proof === null || isStoredLink(path, key)) continue;
    const name = path.replace(/[\\\n\r]/g, (found) => ESCAPES[found] ?? found);
    yield `${name === path ? '' : '\\'}${md5}  ${name}\n`;
  }
}

/** md5sum would read what it points to. */
function isStoredLink(path: string, key: string | null): boolean {
  return key?.endsWith(path + LINK_SUFFIX) ?? false;
}
