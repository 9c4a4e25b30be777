import { readManifest } from '../manifest/read-manifest.ts';
import type { Store } from '../s3/store.ts';
import { SampledWeights } from './sampled-weights.ts';
import type { Weight } from './weight.ts';

/**
 * Weighs the files that an earlier run has recorded in its manifest. No file is looked at.
 *
 * @param prefix Prefix of the backup, as `normalPrefix` returns it.
 * @param run `latest`, or an id as `runs` lists them.
 * @throws BackupError `RUN_NOT_FOUND`, `MANIFEST_UNREADABLE`; StoreError
 */
export async function weighByRun(
  store: Store,
  { prefix, run, onFile }: { readonly prefix: string; readonly run: string; readonly onFile: () => void },
): Promise<readonly Weight[]> {
  const weights = new SampledWeights();
  const { entries } = await readManifest(store, prefix, run);
  for await (const { path, key, size } of entries) {
    weights.add(key?.slice(prefix.length) ?? path, size ?? 0);
    onFile();
  }
  return weights.list;
}
