/** Where requests go: scheme, host and port. */
export interface Origin {
  readonly secure: boolean;
  /** Host name or address; an IPv6 address has no brackets. */
  readonly host: string;
  readonly port: number;
}

/** Takes the origin from an http or https URL. */
export function originOf(url: URL): Origin {
  const secure = url.protocol === 'https:';
  return {
    secure,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || (secure ? 443 : 80),
  };
}

/** Value of the `host` header: the port is left out if it is the scheme's usual one. */
export function hostHeader(origin: Origin): string {
  return origin.port === (origin.secure ? 443 : 80) ? nameOf(origin) : authorityOf(origin);
}

/** `host:port`, even if the port is the scheme's usual one. */
export function authorityOf(origin: Origin): string {
  return `${nameOf(origin)}:${origin.port}`;
}

function nameOf({ host }: Origin): string {
  return host.includes(':') ? `[${host}]` : host;
}
