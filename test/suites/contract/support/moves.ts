import { type BackupOptions, backup, type Report } from '../../../../src/index.ts';
import { useTree } from '../../../support/tree.ts';
import { type Bench, TRANSPORTS } from './contract.ts';
import { bytesOfLength } from './source.ts';
import { RUN_PART } from './target.ts';

/** More than are looked up one by one. */
const FILES = {
  ...Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`small ${n}`, `content ${n}`])),
  'a folder/large': bytesOfLength(RUN_PART + 10),
};
export const COUNT = Object.keys(FILES).length;

/** Moves all files to a bucket that the host's name has. */
export function moveAll(bench: Bench, bucket: string, more: Partial<BackupOptions> = {}): Promise<Report> {
  const { t, target, transport } = bench;
  return backup({
    ...target.options,
    partSizeBytes: RUN_PART,
    endpointUrl: localhostOf(bench),
    bucket,
    prefix: 'office',
    source: useTree(t, FILES),
    deleteAfterUpload: true,
    transport: TRANSPORTS[transport],
    ...more,
  });
}

/** The endpoint by a name below which buckets have names of their own. */
export function localhostOf({ target }: Bench): string {
  return target.endpointUrl.replace('127.0.0.1', 'localhost');
}

/** How many files ended in which way: `12 deleted etag-md5 1`, with the proof and the number of requests. */
export function ends({ files }: Report): string[] {
  const counts = new Map<string, number>();
  for (const { fate, proof, attempts } of files) {
    const end = `${fate} ${proof} ${attempts}`;
    counts.set(end, (counts.get(end) ?? 0) + 1);
  }
  return [...counts].map(([end, count]) => `${count} ${end}`).sort();
}

/** What stands before the port in the `host` header of all requests. */
export function hostsOf({ target }: Bench): string[] {
  const hosts = target.server?.requests.map(({ headers }) => headers.host?.replace(/:\d+$/, '') ?? '');
  return [...new Set(hosts)];
}
