/** Shorter ones than any store issues (AWS 40 characters, MinIO at least 8) would take ordinary words apart. */
const SHORTEST_SECRET = 8;

/** A text without the values that must never be shown, also where it is JSON. */
export function masked(text: string, secrets: readonly string[]): string {
  const long = secrets.filter((secret) => secret.length >= SHORTEST_SECRET);
  const spellings = long.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  return spellings.reduce((rest, spelling) => rest.replaceAll(spelling, '****'), text);
}
