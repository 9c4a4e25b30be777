const AWS = 'AWS S3';

/**
 * Matches `s3.amazonaws.com`, `s3.eu-west-1...`, `s3-accelerate...`, `BUCKET.s3...`, `ID.s3.REGION.vpce...`; not EC2's host
 * names.
 */
const AWS_HOST = /(?:^|\.)s3(?:express)?[.-](?:.*\.)?amazonaws\.com(?:\.cn)?$/;

/**
 * Matches names and addresses of this machine in the form that a WHATWG URL gives them: `127.1` becomes `127.0.0.1`, and
 * `[::ffff:127.0.0.1]` becomes `[::ffff:7f00:1]`. The unspecified addresses (`0.0.0.0`, `[::]`) reach this machine, too.
 */
const LOOPBACK =
  /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1?\]|\[::ffff:(?:7f[0-9a-f]{2}:[0-9a-f]{1,4}|0:0)\])$/;

/**
 * Returns the same string for all spellings of one endpoint: host in lower case, one name for this machine, always a port, no
 * slash at the end. http and https are the same endpoint, since two servers cannot share a port. All endpoints of AWS are the
 * same, since bucket names are unique there. Two DNS names of one host remain two endpoints.
 *
 * @param endpointUrl Undefined for AWS. A text that is not a URL is returned unchanged.
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
