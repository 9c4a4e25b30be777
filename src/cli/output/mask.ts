import { BackupError } from '../../core/errors.ts';

/**
 * Shortest secret that is masked, in characters. No store issues shorter ones (AWS 40, MinIO at least 8), and masking them
 * would break ordinary words.
 */
const SHORTEST_SECRET = 8;

/** Cache of the spellings of each list of secrets, since every line of the log and every entry of the report is masked. */
const spellings = new WeakMap<readonly string[], readonly string[]>();

/** Replaces every secret in a text, also as it is written in JSON. */
export function masked(text: string, secrets: readonly string[]): string {
  return spellingsOf(secrets).reduce((rest, spelling) => rest.replaceAll(spelling, '****'), text);
}

function spellingsOf(secrets: readonly string[]): readonly string[] {
  const known = spellings.get(secrets);
  if (known) return known;
  const long = secrets.filter((secret) => secret.length >= SHORTEST_SECRET);
  const made = [...new Set(long.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]))];
  spellings.set(secrets, made);
  return made;
}

/** Copies an error with the secrets in its message masked. */
export function maskedError(error: BackupError, secrets: readonly string[]): BackupError {
  const { code, hint, cause, temporary, message } = error;
  return new BackupError(code, masked(message, secrets), { hint, cause, temporary });
}
