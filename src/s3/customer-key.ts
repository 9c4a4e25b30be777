import { createHash } from 'node:crypto';
import { BackupError } from '../core/errors.ts';
import type { Origin } from '../http/origin.ts';

const KEY_BYTES = 32;

/** Encodes the 32 bytes of a key for SSE-C as base64; undefined for any other number of bytes. */
export function customerKeyOf(bytes: Uint8Array): string | undefined {
  return bytes.length === KEY_BYTES ? Buffer.from(bytes).toString('base64') : undefined;
}

/** Reads a key for SSE-C from text: base64 or hex of 32 bytes. Returns base64; undefined if the text is neither. */
export function customerKeyFrom(text: string): string | undefined {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return customerKeyOf(Buffer.from(text, 'hex'));
  return /^[A-Za-z0-9+/]{43}=$/.test(text) ? customerKeyOf(Buffer.from(text, 'base64')) : undefined;
}

/** The headers of every request about an object that this key encrypts; none without a key. */
export function customerKeyHeaders(key: string | undefined): Readonly<Record<string, string>> {
  if (key === undefined) return {};
  const name = 'x-amz-server-side-encryption-customer';
  const md5 = createHash('md5').update(Buffer.from(key, 'base64')).digest('base64');
  return { [`${name}-algorithm`]: 'AES256', [`${name}-key`]: key, [`${name}-key-md5`]: md5 };
}

/** Whether data sent to this origin can be read on the way. Traffic to this machine itself cannot. */
export function isReadableOnTheWay({ secure, host }: Pick<Origin, 'secure' | 'host'>): boolean {
  return !secure && !/^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/.test(host);
}

/**
 * Refuses an origin to which a customer's key would be sent readably. A profile or a variable of the SDK can name the
 * endpoint, so the options alone cannot tell.
 *
 * @throws BackupError `BAD_OPTION` if a customer's key would be readable on the way
 */
export function requirePrivateWay(origin: Pick<Origin, 'secure' | 'host'>): void {
  if (!isReadableOnTheWay(origin)) return;
  const problem = `A customer key (SSE-C) is set, and anybody on the way to http://${origin.host} could read it.`;
  throw new BackupError('BAD_OPTION', problem, { hint: 'Use an endpoint with https://.' });
}
