/** Where requests go: scheme, host and port. */
export interface Origin {
  readonly secure: boolean;
  /** Without brackets where it is an IPv6 address. */
  readonly host: string;
  readonly port: number;
}

export function originOf(url: URL): Origin {
  const secure = url.protocol === 'https:';
  return {
    secure,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || (secure ? 443 : 80),
  };
}

/** As it stands in the `host` header. */
export function hostHeader(origin: Origin): string {
  return origin.port === (origin.secure ? 443 : 80) ? nameOf(origin) : authorityOf(origin);
}

/** Name and port, also where it is the usual one. */
export function authorityOf(origin: Origin): string {
  return `${nameOf(origin)}:${origin.port}`;
}

function nameOf({ host }: Origin): string {
  return host.includes(':') ? `[${host}]` : host;
}
