import { X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { BackupError, messageOf } from '../core/errors.ts';
import { type FileLimit, readRegularFile, requireFit, UnfitFile } from '../files/regular-file.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
/** The bundles of systems have 0.2 to 1 MiB. */
const BUNDLE: FileLimit = { mebibytes: 8, kind: 'CA bundle' };

/**
 * Trust in the certificates of a PEM file, beside those that Node.js trusts: its own, and those of NODE_EXTRA_CA_CERTS.
 *
 * @throws BackupError `BAD_OPTION` where there are none in it, or it cannot be read
 */
export function secureContextOf(file: string): SecureContext {
  return createSecureContext({
    // Node.js leaves NODE_EXTRA_CA_CERTS out as soon as it is told whom to trust.
    ca: [...rootCertificates, ...extraCertificates(), ...certificatesIn(file)],
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

/** Where that file is of no use, Node.js has said so when it started. */
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
    hint: 'aws.ca_bundle and AWS_CA_BUNDLE take the path of a file with certificates in PEM form.',
  });
}
