import { X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { BackupError, messageOf } from '../core/errors.ts';
import { type FileLimit, readRegularFile, requireFit, UnfitFile } from '../files/regular-file.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
/** Size limit of a CA bundle. Those of operating systems have 0.2 to 1 MiB. */
const BUNDLE: FileLimit = { mebibytes: 8, kind: 'CA bundle' };

/**
 * Returns a TLS context that trusts the certificates of a PEM file in addition to those that Node.js trusts: its built-in
 * ones and those of NODE_EXTRA_CA_CERTS.
 *
 * @throws BackupError `BAD_OPTION` if the file holds no certificate or cannot be read
 */
export function secureContextOf(file: string): SecureContext {
  return createSecureContext({
    // Node.js ignores NODE_EXTRA_CA_CERTS if `ca` is set.
    ca: [...new Set([...rootCertificates, ...extraCertificates(), ...certificatesIn(file)])],
  });
}

function certificatesIn(file: string): string[] {
  const certificates = readCertificates(file);
  if (certificates.length === 0) throw bad(file, 'holds no certificate');
  for (const certificate of certificates) {
    try {
      new X509Certificate(certificate);
    } catch (error) {
      throw bad(file, `holds something else than certificates (${messageOf(error)})`);
    }
  }
  return certificates;
}

function readCertificates(file: string): string[] {
  try {
    requireFit(statSync(file), BUNDLE);
    return readRegularFile(file, BUNDLE).bytes.toString('latin1').match(CERTIFICATE) ?? [];
  } catch (error) {
    if (error instanceof UnfitFile) throw bad(file, error.message);
    throw bad(file, `cannot be read (${messageOf(error)})`);
  }
}

/** Certificates of NODE_EXTRA_CA_CERTS; none if the file is unusable, of which Node.js warned when it started. */
function extraCertificates(): string[] {
  const file = process.env.NODE_EXTRA_CA_CERTS;
  if (file === undefined || file === '') return [];
  try {
    return readCertificates(file);
  } catch {
    return [];
  }
}

function bad(file: string, trouble: string): BackupError {
  return new BackupError('BAD_OPTION', `The CA bundle ${JSON.stringify(file)} ${trouble}.`, {
    hint: '`caBundle` is the path of a file with certificates in PEM form.',
  });
}
