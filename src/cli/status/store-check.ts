import type { BackupOptions } from '../../backup/options.ts';
import type { Probe } from '../../s3/probe.ts';
import type { Check } from './check.ts';

const CONDITIONS: Readonly<Record<Probe['conditions'], string>> = {
  heeded: 'If-None-Match is heeded',
  ignored:
    'If-None-Match is ignored: an object that another writer puts under a key meanwhile is overwritten',
  refused:
    'If-None-Match is refused: an object that another writer puts under a key meanwhile is overwritten',
};

/**
 * What the store is, and how it will prove what it holds. Fails where nothing would.
 *
 * @param name Of the store, as its endpoint tells it.
 */
export function storeCheck(probe: Probe, name: string, options: BackupOptions): Check {
  const { server, conditions } = probe;
  const named = server === undefined ? name : `${name} (${server})`;
  const proof = proofBy(probe, options);
  const detail = `${named}; ${proof ?? 'nothing it reports proves the content'}; ${CONDITIONS[conditions]}`;
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
  const unkept = checksum === 'auto' || checksum === 'md5' ? '' : `, since ${checksum} is not reported`;
  if (etagIsMd5 && isListed && verify === 'auto' && unkept === '') return 'proved by the ETags of listings';
  if (etagIsMd5) return `proved by the ETag that HEAD reports${unkept}`;
  if (deleteAfterUpload) return 'proved by reading every object back, since nothing it reports is a digest';
  return requireProof === false ? 'not proved, as it need not be' : undefined;
}
