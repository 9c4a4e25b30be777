import { createHash } from 'node:crypto';
import type { Listed } from './item.ts';

const PREFIX = '.s3-backup-restore-';
const DIGITS = 24;
const NAME = new RegExp(`^${PREFIX.replace('.', '\\.')}[0-9a-f]{${DIGITS}}$`);

/** Whether a name is one that restores give to a file that is not complete yet. */
export function isTemporaryName(name: string): boolean {
  return NAME.test(name);
}

/** The same for the same content of the same object, so that another run can go on with what one has left. */
export function temporaryName({ key, etag, size, versionId }: Listed): string {
  const what = JSON.stringify([key, etag, size, versionId]);
  return PREFIX + createHash('sha256').update(what).digest('hex').slice(0, DIGITS);
}
