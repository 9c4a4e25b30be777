/**
 * Shows of a URL only where it leads: `https://hooks.example.com/****`. What comes behind the host, and the user before it, can be
 * a secret: healthchecks.io, Slack and others know the sender by the path.
 */
export function maskedUrl(url: string): string {
  if (!URL.canParse(url)) return '****';
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}/****`;
}

/** A word of a path that no address has by chance: with a digit, or long. Masking `services` would break ordinary words. */
const UNUSUAL = /\d|.{16}/;

/** The texts of a URL that must never be printed: the whole, and each of its parts that can be a secret. */
export function urlSecrets(url: string): string[] {
  if (!URL.canParse(url)) return [url];
  const { href, pathname, search, searchParams, username, password } = new URL(url);
  const words = pathname.split('/').filter((word) => UNUSUAL.test(word));
  const raw = [
    url,
    href,
    pathname + search,
    pathname,
    ...words,
    ...searchParams.values(),
    username,
    password,
  ];
  const decoded = raw.map((text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  });
  return [...new Set([...raw, ...decoded])].filter((text) => text !== '' && text !== '/');
}
