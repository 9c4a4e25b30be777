import { createHash } from 'node:crypto';
import type { Listed } from './item.ts';

const PREFIX = '.s3-backup-restore-';
const DIGITS = 24;
const NAME = new RegExp(`(^|/)${PREFIX.replace('.', '\\.')}[0-9a-f]{${DIGITS}}$`);

/** Whether a path, or a name, is one that restores give to what is not complete yet. */
export function isTemporaryPath(path: string): boolean {
  return NAME.test(path);
}

/** The same for the same content of the same object, so that another run can go on with what one has left. */
export function temporaryName({ key, etag, size, versionId }: Listed): string {
  const what = JSON.stringify([key, etag, size, versionId]);
  return PREFIX + createHash('sha256').update(what).digest('hex').slice(0, DIGITS);
}
