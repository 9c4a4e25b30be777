/** What the name of every claim folder and of every claim begins with: a file that was moved aside before its deletion. */
export const CLAIM_PREFIX = '.s3-backup-claim-';

/** Whether a name is reserved for claims, whoever made what has it. */
export function isClaimName(name: string): boolean {
  return name.startsWith(CLAIM_PREFIX);
}
