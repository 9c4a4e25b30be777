/**
 * The program that a child runs: beside this file, as it was written or compiled. A bundle has it under the name that
 * scripts/bundle.js gives it, beside its own files.
 */
export function childFile(): URL {
  const [, extension] = /\/processes\/child-file\.(ts|js)$/.exec(import.meta.url) ?? [];
  return new URL(extension === undefined ? './s3-backup-child.js' : `./child.${extension}`, import.meta.url);
}
