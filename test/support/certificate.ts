import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Certificate } from './raw-server.ts';
import { useFolder } from './tree.ts';

/** A certificate that nobody trusts, made for this test, and its file. */
export function useCertificate(t: TestContext, names: string): Certificate & { readonly file: string } {
  const folder = useFolder(t);
  const [keyFile, file] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const subject = ['-subj', '/CN=test', '-addext', `subjectAltName=${names}`];
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', keyFile, '-out', file], {
    stdio: 'pipe',
  });
  return { key: readFileSync(keyFile), cert: readFileSync(file), file };
}
