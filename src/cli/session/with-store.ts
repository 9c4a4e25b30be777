import { DEFAULTS, FILES_AT_ONCE } from '../../core/defaults.ts';
import { BackupError } from '../../core/errors.ts';
import { normalPrefix } from '../../core/key.ts';
import { proxyVariables } from '../../http/proxy.ts';
import { type OpenStoreOptions, openStore } from '../../run/open-store.ts';
import { accessErrorFrom, requireAccess } from '../../s3/access.ts';
import type { Store } from '../../s3/store.ts';
import { StoreError } from '../../s3/store-error.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { wrapLines } from '../output/layout.ts';
import { maskedError } from '../output/mask.ts';
import { oneLine } from '../output/printable.ts';
import { destinationOptions, secretsOf } from './options-from-settings.ts';

/** The store for a command that needs no source. */
export interface OpenedStore {
  readonly store: Store;
  /** Prefix of the keys, as `normalPrefix` returns it. */
  readonly prefix: string;
}

/**
 * Opens the configured store, checks that the bucket may be listed, runs `work`, and closes the store. For commands that only
 * read.
 *
 * @param more `signal` aborts requests in flight; `bytesPerSecond` limits what is read back; `maxOutageSeconds` takes the
 * place of the setting; `below` is the folder below the prefix that must be listable, if the command reads no other.
 * @throws BackupError, also for a StoreError that `work` throws
 */
export async function withStore<T>(
  { stderr, env }: CliContext,
  config: LoadedConfig,
  work: (opened: OpenedStore) => Promise<T>,
  more: Pick<OpenStoreOptions, 'bytesPerSecond' | 'maxOutageSeconds'> & {
    readonly signal?: AbortSignal;
    readonly below?: string;
  } = {},
): Promise<T> {
  for (const warning of config.warnings) stderr.write(wrapLines(`s3-backup: ${oneLine(warning)}\n`, stderr));
  const { concurrency = FILES_AT_ONCE, part_size: partSizeBytes } = config.settings.transfer;
  const { signal = new AbortController().signal, below = '', ...terms } = more;
  const network = { proxies: proxyVariables(env), ...terms };
  const options = { ...destinationOptions(config), concurrency, partSizeBytes, ...network };
  const { store } = openStore(options, signal);
  const prefix = normalPrefix(options.prefix ?? DEFAULTS.prefix);
  try {
    await requireAccess(store, prefix + below);
    return await work({ store, prefix });
  } catch (error) {
    const known = error instanceof StoreError ? accessErrorFrom(error, store) : error;
    throw known instanceof BackupError ? maskedError(known, secretsOf(config.settings)) : known;
  } finally {
    store.close();
  }
}
