import type { BackupOptions } from '../../backup/options.ts';
import type { Probe } from '../../s3/probe.ts';
import type { Check } from './check.ts';

const CONDITIONS: Readonly<Record<Probe['conditions'], string>> = {
  heeded: 'If-None-Match is heeded',
  ignored:
    'If-None-Match is ignored: an object that another writer stores at the same time may be overwritten',
  refused:
    'If-None-Match is refused: an object that another writer stores at the same time may be overwritten',
};

/**
 * Reports which store it is, and how it will prove what it holds. The check fails if nothing would prove it.
 *
 * @param name Name of the store, as its endpoint shows it.
 */
export function storeCheck(probe: Probe, name: string, options: BackupOptions): Check {
  const { server, conditions } = probe;
  const named = server === undefined ? name : `${name} (${server})`;
  const proof = proofBy(probe, options);
  const detail = `${named}; ${proof ?? 'it reports nothing that proves the content'}; ${CONDITIONS[conditions]}`;
  if (proof !== undefined) return { name: 'store', passed: true, detail };
  const hint = 'Set safety.verify to download, or try another s3.checksum.';
  return { name: 'store', passed: false, detail, hint };
}

function proofBy(probe: Probe, options: BackupOptions): string | undefined {
  const { checksum: reported, etagIsMd5, isListed } = probe;
  const { checksum = 'auto', verify = 'auto', deleteAfterUpload, requireProof } = options;
  if (verify === 'download') return 'proved by reading every object back';
  if (reported !== undefined && (reported === checksum || !etagIsMd5)) {
    return `proved by the ${reported} that HEAD reports`;
  }
  const notReported = checksum === 'auto' || checksum === 'md5' ? '' : `, since ${checksum} is not reported`;
  if (etagIsMd5 && isListed && verify === 'auto' && notReported === '')
    return 'proved by the ETags of listings';
  if (etagIsMd5) return `proved by the ETag that HEAD reports${notReported}`;
  if (deleteAfterUpload) return 'proved by reading every object back, since it reports no digest';
  return requireProof === false ? 'not proved, and not required to be' : undefined;
}
