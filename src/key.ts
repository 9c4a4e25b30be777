/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html: bytes of UTF-8. */
export const MAX_KEY_BYTES = 1024;

/** A prefix as keys begin with it: no slash before it, one after it, nothing where it is empty. */
export function normalPrefix(prefix: string): string {
  const bare = prefix.replace(/^\/+/, '').replace(/\/+$/, '');
  return bare === '' ? '' : `${bare}/`;
}

/**
 * The key of a file: the prefix and the path relative to the source, unchanged. No two paths share one.
 *
 * @param prefix As `normalPrefix` gives it.
 */
export function keyFor(prefix: string, path: string): string {
  return prefix + path;
}

/** The folder below a prefix that is the program's own, for what it stores about its runs. */
export const OWN_FOLDER = '.s3-backup/';

/** Whether a path below the prefix is, or its key would be, the program's own. */
export function isOwnPath(path: string): boolean {
  return path.startsWith(OWN_FOLDER);
}
