import { BackupError } from '../../core/errors.ts';

/** Shorter ones than any store issues (AWS 40 characters, MinIO at least 8) would take ordinary words apart. */
const SHORTEST_SECRET = 8;

/** Cache: made once for each list of secrets, since every line of the log and every entry of the report is masked. */
const spellings = new WeakMap<readonly string[], readonly string[]>();

/** A text without the values that must never be shown, also where it is JSON. */
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

/** An error whose message may quote a secret, without it. */
export function maskedError(error: BackupError, secrets: readonly string[]): BackupError {
  const { code, hint, cause, message } = error;
  return new BackupError(code, masked(message, secrets), { ...(hint !== undefined && { hint }), cause });
}
