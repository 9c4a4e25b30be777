import { LINK_SUFFIX } from '../core/key.ts';
import type { FileEntry } from './report.ts';

/** Characters that md5sum escapes in a name, so that each file takes one line. */
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' };

/**
 * Yields one line in the form of md5sum for every file whose MD5 is known and which this run has proved to be in S3. `md5sum
 * --check` verifies a restored folder with these lines.
 * https://www.gnu.org/software/coreutils/manual/html_node/md5sum-invocation.html
 */
export function* md5sumLines(entries: Iterable<FileEntry>): Generator<string, void> {
  for (const { path, key, md5, proof } of entries) {
    if (md5 === null || proof === null || isStoredLink(path, key)) continue;
    const name = path.replace(/[\\\n\r]/g, (found) => ESCAPES[found] ?? found);
    yield `${name === path ? '' : '\\'}${md5}  ${name}\n`;
  }
}

/** Whether an entry is a symbolic link that was stored as a link. md5sum would read the file that it points to. */
function isStoredLink(path: string, key: string | null): boolean {
  return key?.endsWith(path + LINK_SUFFIX) ?? false;
}
