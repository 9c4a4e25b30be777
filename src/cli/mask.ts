import { BackupError } from '../errors.ts';

/** Shorter ones than any store issues (AWS 40 characters, MinIO at least 8) would take ordinary words apart. */
const SHORTEST_SECRET = 8;

/** A text without the values that must never be shown, also where it is JSON. */
export function masked(text: string, secrets: readonly string[]): string {
  const long = secrets.filter((secret) => secret.length >= SHORTEST_SECRET);
  const spellings = long.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  return spellings.reduce((rest, spelling) => rest.replaceAll(spelling, '****'), text);
}

/** An error whose message may quote a secret, without it. */
export function maskedError(error: BackupError, secrets: readonly string[]): BackupError {
  const { code, hint, cause, message } = error;
  return new BackupError(code, masked(message, secrets), { ...(hint !== undefined && { hint }), cause });
}
