const AWS = 'AWS S3';

/** `s3.amazonaws.com`, `s3.eu-west-1...`, `s3-accelerate...`, `BUCKET.s3...`, `ID.s3.REGION.vpce...`; not EC2's host names. */
const AWS_HOST = /(?:^|\.)s3(?:express)?[.-](?:.*\.)?amazonaws\.com(?:\.cn)?$/;

/**
 * Names of this machine for itself, as WHATWG URLs write them: `127.1` is `127.0.0.1`, `[::ffff:127.0.0.1]` is
 * `[::ffff:7f00:1]`. Connections to the unspecified addresses reach it, too.
 */
const LOOPBACK =
  /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1?\]|\[::ffff:(?:7f[0-9a-f]{2}:[0-9a-f]{1,4}|0:0)\])$/;

/**
 * One string for all ways of writing one endpoint: host in lower case, one name for this machine, the port always, no
 * slash at the end. http and https are not told apart: two servers cannot share a port. All endpoints of AWS are one,
 * since a bucket has the same name in each. Other names of one host are not resolved.
 *
 * @param endpointUrl Undefined for AWS. A text that is no URL is returned as it is.
 */
export function endpointIdentity(endpointUrl: string | undefined): string {
  if (endpointUrl === undefined) return AWS;
  if (!URL.canParse(endpointUrl)) return endpointUrl;
  const { protocol, hostname, port, pathname } = new URL(endpointUrl);
  const host = hostname.replace(/\.$/, '');
  if (AWS_HOST.test(host)) return AWS;
  const name = LOOPBACK.test(host) ? 'localhost' : host;
  return `${name}:${port || (protocol === 'https:' ? 443 : 80)}${pathname.replace(/\/+$/, '')}`;
}
