import type { S3Client } from '@aws-sdk/client-s3';
import type { Origin } from '../../../http/origin.ts';
import { absoluteForm, type Proxies } from '../../../http/proxy.ts';
import { changeLastStep } from './last-step.ts';

/** Sends requests without TLS to the proxy that leads to their host; those with TLS go through a tunnel. */
export function forwardRequests(client: S3Client, proxies: Proxies): void {
  changeLastStep(client, 'forwardRequests', ({ protocol, hostname, port = 80, path, headers }) => {
    if (protocol !== 'http:') return undefined;
    const origin: Origin = { secure: false, host: hostname.replace(/^\[(.*)\]$/, '$1'), port };
    const proxy = proxies.for(origin);
    if (proxy === undefined) return undefined;
    const { authorization, origin: next } = proxy;
    return {
      protocol: next.secure ? 'https:' : 'http:',
      hostname: next.host,
      port: next.port,
      path: absoluteForm(origin) + path,
      headers: { ...headers, ...(authorization !== undefined && { 'proxy-authorization': authorization }) },
    };
  });
}
