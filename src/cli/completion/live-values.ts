import { normalPrefix } from '../../core/key.ts';
import { isOwnPath } from '../../core/reserved-names.ts';
import { proxyVariables } from '../../http/proxy.ts';
import { listRuns } from '../../manifest/runs.ts';
import { openStore } from '../../run/open-store.ts';
import { isDirectoryBucket } from '../../s3/directory-bucket.ts';
import type { Store } from '../../s3/store.ts';
import { cliOf } from '../cli-of.ts';
import { LsCommand } from '../commands/ls.ts';
import type { CliContext } from '../context.ts';
import { destinationOptions } from '../session/options-from-settings.ts';
import type { Candidate } from './candidate.ts';

/** Most runs that are offered: the newest. */
const MOST_RUNS = 50;

/** How a command line reaches its bucket, for values that only the bucket knows. */
export interface Destination {
  /** The options of the command line that name the bucket. */
  readonly words: readonly string[];
  readonly context: CliContext;
  /** Signal whose abort ends requests. */
  readonly signal: AbortSignal;
}

/**
 * Lists the ids of the newest runs that have stored a manifest, the newest first.
 *
 * @throws BackupError, ConfigError, StoreError
 */
export function storedRuns(destination: Destination): Promise<Candidate[]> {
  return withStoreOf(destination, async (store, prefix) => {
    const runs: Candidate[] = [];
    for await (const { id, start, isUnfinished } of listRuns(store, prefix))
      runs.push({ value: id, about: isUnfinished ? `${start} (unfinished)` : start });
    return runs.slice(-MOST_RUNS).reverse();
  });
}

/**
 * Lists the files and folders below the prefix whose paths begin with a text, down to the next slash. One request is made, so
 * at most 1,000 are found.
 *
 * @throws BackupError, ConfigError, StoreError
 */
export function storedPaths(destination: Destination, beginning: string): Promise<string[]> {
  return withStoreOf(destination, async (store, prefix) => {
    // Directory buckets list only what is below a folder.
    const listed = isDirectoryBucket(store.bucket)
      ? beginning.slice(0, beginning.lastIndexOf('/') + 1)
      : beginning;
    const { objects, folders = [] } = await store.listPage({ prefix: prefix + listed, delimiter: '/' });
    return [...folders, ...objects.map(({ key }) => key)]
      .map((key) => key.slice(prefix.length))
      .filter((path) => path.startsWith(beginning) && path !== '')
      .filter((path) => isOwnPath(beginning) || !isOwnPath(path));
  });
}

async function withStoreOf<T>(
  { words, context, signal }: Destination,
  work: (store: Store, prefix: string) => Promise<T>,
): Promise<T> {
  // It has the options of the destination, and loads the configuration with them.
  const command = cliOf([LsCommand]).process(['ls', ...words], context) as LsCommand;
  const config = await command.load();
  const proxies = proxyVariables(context.env);
  const options = {
    ...destinationOptions(config),
    proxies,
    concurrency: 1,
    maxAttempts: 1,
    maxOutageSeconds: 0,
  };
  const { store } = openStore(options, signal);
  try {
    return await work(store, normalPrefix(options.prefix ?? ''));
  } finally {
    store.close();
  }
}
