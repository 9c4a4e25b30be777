/** A text without the values that must never be shown, also where it is JSON. */
export function masked(text: string, secrets: readonly string[]): string {
  const spellings = secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  return spellings.reduce((rest, spelling) => rest.replaceAll(spelling, '****'), text);
}
