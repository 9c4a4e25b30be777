import { BlockList, isIP } from 'node:net';
import type { Origin } from './origin.ts';

type Rule = (origin: Origin) => boolean;

/**
 * Parses NO_PROXY as curl does (https://curl.se/docs/manpage.html, "NO_PROXY"). Entries are separated by commas or spaces:
 * `*` stands for every host, `example.com` and `.example.com` for that host and all its subdomains, `10.0.0.0/8` for a range
 * of addresses, and `host:8080` for one port of a host.
 *
 * @returns a function that tells whether an origin is reached without a proxy
 */
export function noProxyRule(list: string): Rule {
  const rules = list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(ruleOf);
  return (origin) => rules.some((rule) => rule(origin));
}

function ruleOf(entry: string): Rule {
  if (entry === '*') return () => true;
  // An IPv6 address without brackets has colons, but no port.
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(entry) ?? [];
  const name = bracketed ?? plain ?? entry;
  const isHost = addressRule(name) ?? nameRule(name);
  return (origin) => isHost(origin.host) && (port === undefined || Number(port) === origin.port);
}

function nameRule(name: string): (host: string) => boolean {
  const domain = name.replace(/^\*?\./, '');
  return (host) => host === domain || host.endsWith(`.${domain}`);
}

function addressRule(name: string): ((host: string) => boolean) | undefined {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(name) ?? [];
  const version = isIP(address);
  const width = version === 4 ? 32 : 128;
  if (version === 0 || Number(bits ?? 0) > width) return undefined;
  const range = new BlockList();
  range.addSubnet(address, Number(bits ?? width), familyOf(version));
  return (host) => isIP(host) !== 0 && range.check(host, familyOf(isIP(host)));
}

function familyOf(version: number): 'ipv4' | 'ipv6' {
  return version === 4 ? 'ipv4' : 'ipv6';
}
